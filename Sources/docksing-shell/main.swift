print("docksing-shell")
