# send-changes DIR NOTE MARK: what is new or changed below DIR since NOTE was written; DIR may be a single file.
# The change time counts, since a program can set a modification time as it likes, but not that one.
#
# Prints `file` or `folder`, then `changed N` and N bytes of `KIND PATH` records that end with NUL. Then stdin has a line, and the
# paths that are wanted, each with a NUL; what follows is a tar stream of them. The file MARK is made before that, to be older
# than what is written meanwhile.
# Exit codes: 3 DIR is not there, or a link has been put in its place, which may lead anywhere; 5 there is no NOTE; 2 some files
# could not be read.
set -u
umask 077
LC_ALL=C
export LC_ALL
[ -f "$2" ] || exit 5
if [ -L "$1" ]; then
    exit 3
elif [ -d "$1" ]; then
    dir=$1 what=. least=1
    echo folder
elif [ -f "$1" ]; then
    dir=${1%/*} what=./${1##*/} least=0
    echo file
else
    exit 3
fi
cd -- "$dir" || exit 3
# Twice the same question would be two answers while a job writes, so the answer is kept in a variable, without NULs.
changed=$(find "$what" -mindepth $least -cnewer "$2" -printf '%y %p\0' | base64)
printf 'changed %d\n' "$(printf '%s\n' "$changed" | base64 -d | wc -c)"
printf '%s\n' "$changed" | base64 -d
read -r _ || exit 0
marks=${3%/*}
mkdir -p -- "$marks" 2>/dev/null
# In another user's run directory it may lead anywhere.
if [ -O "$marks" ] && [ ! -L "$marks" ]; then
    find "$marks" -maxdepth 1 -name '.mark-*' -mmin +1440 -exec rm -f -- {} + 2>/dev/null
    command : 2>/dev/null >"$3" || :
fi
# A file that grows is sent up to the size that it had; the mark tells later that it was written meanwhile.
tar --null --no-recursion --format=posix --sparse --warning=no-file-changed -cf - -T -
code=$?
[ $code -gt 1 ] || exit 0
exit $code
