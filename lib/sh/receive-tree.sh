# receive-tree DIR: unpacks the tar stream on stdin into DIR, with its modes and times. What an interrupted transfer left
# there goes first: it may have files that are no longer in the folder that is sent.
rm -rf -- "$1" && mkdir -p -- "$1" && exec tar -xpf - -C "$1"
