# send-changes DIR NOTE: a tar stream of what is new or changed below DIR since NOTE was written; DIR may be a single file.
# The change time counts, since a program can set a modification time as it likes, but not that one. Exit codes: 3 DIR is
# not there, or a link has been put in its place, which may lead anywhere; 2 some files could not be read.
set -u
if [ -L "$1" ]; then
    exit 3
elif [ -d "$1" ]; then
    dir=$1 what=. least=1
elif [ -f "$1" ]; then
    dir=${1%/*} what=./${1##*/} least=0
else
    exit 3
fi
cd -- "$dir" || exit 3
find "$what" -mindepth $least -cnewer "$2" -print0 | tar --null --no-recursion --format=posix --sparse -cf - -T -
