# open-points DIR SETTLE: tells what there is of the sweep in DIR:
#   limit N          Slurm takes array indices below N (none: it did not say)
#   last N           the highest number that an array has or had
#   records 0 LENGTH the bytes of points.tsv
#   selection 0 LENGTH the numbers of the points that were handed in last
#   title 0 LENGTH   the sweep's name and its parameters', a line each
#   outputs 0 LENGTH the lines of all arrays' outputs: folders that each point had for itself
# With SETTLE=1 it is made ready for another submission: an array whose submission was lost on the way is looked for in Slurm; one that Slurm has not is given up, and its points are to be
# submitted anew: it keeps its number, and has no script any more.
set -u
umask 077
LC_ALL=C
export LC_ALL
dir=$1 settle=$2
# shellcheck disable=SC3067 # dash, bash, ksh and busybox have -O
[ "$settle" != 1 ] || [ -O "$dir/." ] || {
    echo "the sweep in $dir is another user's" >&2
    exit 1
}
limit=$(scontrol show config 2>/dev/null | sed -n 's/^MaxArraySize *= *\([0-9][0-9]*\).*/\1/p')
[ -z "$limit" ] || printf 'limit %d -\n' "$limit"
last=0
for array in "$dir"/arrays/[0-9]*; do
    [ -d "$array" ] || continue
    last=${array##*/}
    while [ "${last#0}" != "$last" ]; do last=${last#0}; done
    if [ "$settle" != 1 ] || [ -s "$array/job.id" ] || [ ! -f "$array/job.sh" ]; then continue; fi
    id=$(find_job "$array") || {
        echo "Slurm does not answer, so a job that may have been submitted from $array cannot be looked for" >&2
        exit 1
    }
    if [ -n "$id" ]; then
        printf '%s\n' "$id" >"$array/job.id.part" && mv -f -- "$array/job.id.part" "$array/job.id" || exit 1
    else
        rm -f -- "$array/job.sh" || exit 1
    fi
    rmdir -- "$array/submitting" 2>/dev/null
done
printf 'last %d -\n' "$last"
records=$(wc -c 2>/dev/null <"$dir/points.tsv") || records=0
printf 'records 0 %d\n' "$records"
[ "$records" = 0 ] || head -c "$records" -- "$dir/points.tsv"
selection=$(cat -- "$dir/selection" 2>/dev/null)
printf 'selection 0 %d\n%s' ${#selection} "$selection"
title=$(cat -- "$dir/sweep" 2>/dev/null)
printf 'title 0 %d\n%s' ${#title} "$title"
outputs=$(cat -- "$dir"/arrays/[0-9]*/outputs 2>/dev/null | sort -u)
printf 'outputs 0 %d\n%s' ${#outputs} "$outputs"
