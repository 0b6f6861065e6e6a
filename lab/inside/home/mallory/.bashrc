# Programs in ~/bin come before the system's, in the shells of ssh too: so a test gives this user a login node of its own kind.
# What a lie makes a program read without end stops here, and not this machine.
ulimit -v 3000000
PATH=$HOME/bin:$PATH
