
# shellcheck shell=sh disable=SC2154,SC2034 # named elsewhere in the script
# ---- A task of an array: one point of a sweep. ----
# What its array has in common lies in arrays/NNNN, `own`; the line of the point there is `NUMBER ATTEMPT WORDS`, where WORDS are
# shell text on one line. Its journal is shared with all points that ran on this node, since ten thousand points must not make
# ten thousand files: `TIME NUMBER ATTEMPT.RESTART WORD …`, in one write each, which do not tear where one host appends.
newline='
'
line=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1)){p;q;}" "${own}points")
number=${line%% *} line=${line#* }
attempt=${line%% *} line=${line#* }
case $number$attempt in
'' | *[!0-9]*)
    printf 'docksing-shell: %s has no line for task %s\n' "$run_dir/${own}points" "$SLURM_ARRAY_TASK_ID" >&2
    exit 125
    ;;
esac
point=points/$number
notes=$point
fence=$run_dir/$point/restart.$attempt
task=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
mark=" $task"
journal=$run_dir/events/$(uname -n).txt

say() {
    overtaken ||
        printf '%s %s %s.%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)" "$number" "$attempt" "$restarts" "$*" >>"$journal"
}

# The code with which the container has ended; nothing when it has not.
ended_with() {
    sed -n "s/^[^ ]* $number $attempt\.[0-9]* EXITED \([0-9]\{1,3\}\).*/\1/p" events/*.txt 2>/dev/null | tail -n 1
}

# One task runs each attempt at a point; the same task may come back to it when Slurm puts it into the queue again.
claim() {
    block_of "$number"
    # Its logs may be packed at this moment.
    [ "$attempt" -le 1 ] || for _ in 1 2 3 4 5 6 7 8 9 10; do
        if [ ! -d "logs/$block.packing" ] || [ -f "logs/$block.index" ]; then break; fi
        sleep 1
    done
    owner=$(sed -n "s/^$number claim\.$attempt //p" "logs/$block.index" 2>/dev/null)
    if [ -n "$owner" ] && [ "$owner" != "$task" ]; then
        printf 'docksing-shell: %s belonged to task %s, so task %s ends\n' "$run_dir/$point" "$owner" "$task" >&2
        exit 0
    fi
    mkdir -p -- "$point" || {
        printf 'docksing-shell: nothing can be written to %s on %s\n' "$run_dir" "$(uname -n)" >&2
        exit 125
    }
    if ! (set -C && printf '%s\n' "$task" >"$point/claim.$attempt") 2>/dev/null &&
        [ "$(cat "$point/claim.$attempt")" != "$task" ]; then
        printf 'docksing-shell: %s belongs to task %s, so task %s ends\n' \
            "$run_dir/$point" "$(cat "$point/claim.$attempt")" "$task" >&2
        exit 0
    fi
    # The logs of the attempt before are kept apart; what it wrote stays, since a program may go on from there.
    if [ "$attempt" -gt 1 ] && [ "$restarts" = 0 ]; then
        mkdir -p -- "$point/attempt-$((attempt - 1))"
        for log in stdout.txt stderr.txt slurm.txt; do
            [ ! -f "$point/$log" ] || mv -f -- "$point/$log" "$point/attempt-$((attempt - 1))/"
        done
    fi
    place=0
    while [ "$place" -lt "$outputs" ]; do
        place=$((place + 1))
        # The container sees its mode.
        [ -d "$point/out-$place" ] || mkdir -m 755 -- "$point/out-$place"
    done
    exec >>"$point/slurm.txt" 2>&1
    # Slurm's answer to the submission may have been lost.
    [ -s "${own}job.id" ] ||
        { printf '%s\n' "$SLURM_ARRAY_JOB_ID" >"${own}job.id.$SLURM_JOB_ID" && mv -f -- "${own}job.id.$SLURM_JOB_ID" "${own}job.id"; }
}

# Tasks share these, and the first makes them.
fresh_folder() { mkdir -p -- "$1"; }
make_link() { [ -L "$2" ] || ln -s -- "$1" "$2" 2>/dev/null || [ -L "$2" ]; }
ready() { :; }

variables() {
    [ -r "./${own}env" ] || refuse "the variables in $run_dir/${own}env cannot be read on $(uname -n)"
    # shellcheck disable=SC1090
    . "./${own}env"
    eval "$line"
}

# The most memory that the job had on this node, as the kernel counted it for Slurm's control group of it: files that were
# kept in memory count, too. Without such groups nothing is said.
tell_memory() {
    while IFS=: read -r _ controllers group; do
        case $controllers in
        memory) peak=/sys/fs/cgroup/memory${group%%"/job_$SLURM_JOB_ID"*}/job_$SLURM_JOB_ID/memory.max_usage_in_bytes ;;
        '') peak=/sys/fs/cgroup${group%%"/job_$SLURM_JOB_ID"*}/job_$SLURM_JOB_ID/memory.peak ;;
        *) continue ;;
        esac
        [ ! -r "$peak" ] || say "MEMORY $(cat -- "$peak")"
    done </proc/self/cgroup
}

last_words() {
    tell_memory
    # What Slurm and its programs had to say is seldom anything.
    [ -s "$point/slurm.txt" ] || rm -f -- "$point/slurm.txt"
    tell_metrics
}

# The metrics that the container gave: the last line on stdout (of its last 64 KB) that looks like a JSON object of at most 4 KB,
# else metrics.json, of at most 16 KB, else the last row of metrics.csv in an output folder.
tell_metrics() {
    metrics=$(tail -c 65536 -- "$point/stdout.txt" 2>/dev/null | tr '\r\000' '\n ' |
        LC_ALL=C awk '/^[ \t]*[{][ \t]*["}].*$/ && /[}][ \t]*$/ && length($0) <= 4096 { last = $0 } END { print last }')
    if [ -n "$metrics" ]; then
        say "METRICS json $metrics"
        return 0
    fi
    for file in "$point"/out-*/metrics.json; do
        if [ -s "$file" ] && [ "$(wc -c <"$file")" -le 16384 ]; then
            say "METRICS json $(tr '\r\n\000' '   ' <"$file")"
            return 0
        fi
    done
    for file in "$point"/out-*/metrics.csv; do
        header=$(head -n 1 -- "$file" 2>/dev/null | head -c 4096 | tr -d '\r\000')
        row=$(tail -n +2 -- "$file" 2>/dev/null | tail -c 65536 | tr -d '\r\000' | grep -a '[^[:space:]]' | tail -n 1 | head -c 4096)
        [ -n "$row" ] || continue
        say "METRICS csv-header $header"
        say "METRICS csv-row $row"
        return 0
    done
}
