# points-state DIR KNOWN (JOURNAL OFFSET)...: what there is to know of the sweep in DIR at this moment: its arrays, with the points of
# those whose number is above KNOWN, the journals from these offsets on (others from their beginning), and Slurm's word. A report
# is a line, some with bytes after it:
#   array NNNN JOB_ID   points NNNN LENGTH   journal N NAME   event N LENGTH   queue 0 LENGTH (none: Slurm did not answer)
# shellcheck disable=SC2154 # the functions' variables
set -u
LC_ALL=C
export LC_ALL
dir=$1 known=$2
shift 2
[ -f "$dir/.docksing" ] || exit 3
tell_arrays "$dir" "$known"
place=0
for journal in "$dir"/events/*.txt; do
    [ -f "$journal" ] || continue
    tell_journal "$journal" $place "$@"
    size=$(wc -c <"$journal")
    while [ "$size" -gt "$offset" ]; do
        piece "$journal" "$offset" "$size"
        [ "$length" -gt 0 ] || break
        tell_piece "$journal" $place "$offset"
        offset=$((offset + length))
    done
    place=$((place + 1))
done
# After the journals: what ends meanwhile is not listed, and its words come with the next report.
! ask_queue "$dir" || tell_queue
