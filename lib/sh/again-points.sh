# again-points DIR (NEW OLD)...: makes the arrays NEW of points that ran in the arrays OLD. What their points are is in arrays/NEW/again,
# a line `NUMBER ATTEMPT` for each, sorted; the rest is as it was. The job scripts are there, under another name, until all is.
set -u
LC_ALL=C
export LC_ALL
cd -- "$1/arrays" || exit 1
# shellcheck disable=SC3067 # dash, bash, ksh and busybox have -O
[ -O . ] || {
    echo "the sweep in $1 is another user's" >&2
    exit 1
}
shift
umask 077
while [ $# -ge 2 ]; do
    for name in env passwd group outputs; do
        [ ! -f "$2/$name" ] || cp -- "$2/$name" "$1/$name" || exit 1
    done
    rm -rf -- "$1/binds" && cp -a -- "$2/binds" "$1/binds" || exit 1
    sort -t ' ' -k 1,1 -- "$2/points" | join -t ' ' -- "$1/again" - | cut -d ' ' -f 1,2,4- >"$1/points" || exit 1
    [ "$(wc -l <"$1/points")" = "$(wc -l <"$1/again")" ] || {
        echo "arrays/$2 has not all of the points" >&2
        exit 1
    }
    rm -f -- "$1/again"
    mv -f -- "$1/job.sh.new" "$1/job.sh" || exit 1
    shift 2
done
