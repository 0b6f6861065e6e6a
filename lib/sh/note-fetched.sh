# note-fetched DIR NOTE MARK: writes stdin to NOTE, and prints the paths below DIR that changed since MARK was made, each with a
# NUL: they were being written while they were fetched.
set -u
LC_ALL=C
export LC_ALL
umask 077
if [ -f "$3" ]; then
    if [ -d "$1" ]; then
        (cd -- "$1" && find . -type f -cnewer "$3" -print0)
    else
        find "$1" -type f -cnewer "$3" -printf '\0'
    fi
    rm -f -- "$3"
fi
part=${2%/*}/.docksing-part.$$
mkdir -p -- "${2%/*}" && cat >"$part" && mv -fT -- "$part" "$2" && exit 0
rm -f -- "$part"
exit 1
