# send-changes DIR MARKER: a tar stream of what is new or changed below DIR since MARKER was written.
# The change time counts, since a program can set a modification time as it likes, but not that one.
# DIR may be a single file.
set -u
if [ -d "$1" ]; then
    cd -- "$1" && find . -mindepth 1 -cnewer "$2" -print0 | tar --null --no-recursion --format=posix -cf - -T -
else
    cd -- "${1%/*}" && find "./${1##*/}" -cnewer "$2" -print0 | tar --null --no-recursion --format=posix -cf - -T -
fi
