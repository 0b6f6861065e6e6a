# written-since DIR MARK: prints the paths of files below DIR that changed since MARK was made, each with a NUL, and removes MARK:
# they were being written while they were fetched. Of a DIR that is a single file the path is empty.
set -u
LC_ALL=C
export LC_ALL
[ -f "$2" ] || exit 0
if [ -d "$1" ]; then
    (cd -- "$1" && find . -type f -cnewer "$2" -print0)
else
    find "$1" -type f -cnewer "$2" -printf '\0'
fi
rm -f -- "$2"
