# cancel-points DIR (ARRAY JOB TASKS)...: cancels tasks of the arrays of the sweep in DIR: TASKS is `-` for all, or `0-3,7`. stdin has a
# line `NUMBER ATTEMPT.RESTART` for each of the points: that they were told to end is noted first, for the day when Slurm has forgotten
# them. A job that works elsewhere is another one that Slurm has given the id since.
set -u
umask 077
dir=$1
shift
now=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)
# shellcheck disable=SC3067 # dash, bash, ksh and busybox have -O
[ -O "$dir/." ] || {
    echo "the sweep in $dir is another user's" >&2
    exit 1
}
mkdir -p -- "$dir/events" && sed "s/^/$now /; s/\$/ CANCEL/" >>"$dir/events/$(uname -n).txt" || exit 1
tasks=
while [ $# -ge 3 ]; do
    where=$(squeue -h -j "$2" -o %Z 2>&1 | head -n 1)
    # shellcheck disable=SC3013 # dash, bash, ksh and busybox have -ef
    if [ "$where" = "$dir/arrays/$1" ] || [ "$where" -ef "$dir/arrays/$1" ]; then
        case $3 in -) tasks="$tasks $2" ;; *) tasks="$tasks $2_[$3]" ;; esac
    else
        case $where in
        '' | *'Invalid job id'* | /*) ;;
        *)
            printf '%s\n' "$where" >&2
            exit 1
            ;;
        esac
    fi
    shift 3
done
[ -n "$tasks" ] || exit 0
# shellcheck disable=SC2086 # a word for each
set -f && exec scancel -- $tasks
