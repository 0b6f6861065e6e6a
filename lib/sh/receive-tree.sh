# receive-tree DIR: unpacks the tar stream on stdin into DIR, with its modes and times.
mkdir -p -- "$1" && exec tar -xpf - -C "$1"
