# The parts of a sweep's reports: functions for the scripts that give them.
# shellcheck shell=sh disable=SC2034 # for who calls

# tell_arrays DIR KNOWN: prints `array NNNN JOB_ID` for each array (JOB_ID is `-` when it was not submitted), and for those whose number
# is above KNOWN `points NNNN LENGTH` and so many bytes: the number of each task's point, and which attempt at it this is.
tell_arrays() {
    for array in "$1"/arrays/[0-9]*; do
        [ -f "$array/job.sh" ] || continue
        name=${array##*/}
        id=$(cat -- "$array/job.id" 2>/dev/null)
        printf 'array %s %s\n' "$name" "${id:--}"
        # Without the zeros, which would make it octal.
        number=$name
        while [ "${number#0}" != "$number" ]; do number=${number#0}; done
        [ "$number" -gt "$2" ] || continue
        points=$(cut -d ' ' -f 1,2 -- "$array/points")
        printf 'points %s %d\n%s\n' "$name" $((${#points} + 1)) "$points"
    done
}

# ask_slurm JOB_ID...: leaves in `answer` a line `TASKS|STATE|REASON|DIRECTORY` for each thing that Slurm has of these arrays, but for
# tasks that ended by themselves, whose own words count. Pending tasks are one thing: `12_[5-99%4]`. Fails when Slurm does not answer.
ask_slurm() {
    list=
    for id; do list=${list:+$list,}$id; done
    states=PENDING,CONFIGURING,RUNNING,COMPLETING,SUSPENDED,RESIZING,REQUEUED,REQUEUE_HOLD,REQUEUE_FED,RESV_DEL_HOLD,SPECIAL_EXIT,SIGNALING,STOPPED,STAGE_OUT
    states=$states,CANCELLED,TIMEOUT,DEADLINE,OUT_OF_MEMORY,NODE_FAIL,BOOT_FAIL,PREEMPTED,REVOKED
    # A list of tasks is cut short otherwise.
    if answer=$(SLURM_BITSTR_LEN=0 squeue -h -j "$list" --states=$states -o '%i|%T|%r|%Z' 2>&1); then
        return 0
    fi
    case $answer in
    *'Invalid job id'*) answer= ;;
    # An older Slurm does not know all of these states.
    *'nvalid job state'*)
        answer=$(SLURM_BITSTR_LEN=0 squeue -h -j "$list" --states=all -o '%i|%T|%r|%Z' 2>&1) || return 1
        answer=$(printf '%s\n' "$answer" | grep -v -e '|COMPLETED|' -e '|FAILED|')
        ;;
    *) return 1 ;;
    esac
    return 0
}

# piece FILE OFFSET SIZE: leaves in `length` how much of a journal of this size comes next: whole lines, and not too many.
piece() {
    length=$(($3 - $2))
    [ "$length" -gt 0 ] || return 0
    [ "$length" -le 262144 ] || length=262144
    if [ "$(tail -c +$(($2 + length)) -- "$1" | head -c 1 | od -An -tx1)" != ' 0a' ]; then
        length=$((length - $(tail -c +$(($2 + 1)) -- "$1" | head -c "$length" | tail -n 1 | wc -c)))
    fi
}

# tell_piece FILE NUMBER OFFSET: prints `event NUMBER LENGTH`, and so many bytes.
tell_piece() {
    printf 'event %d %d\n' "$2" "$length"
    tail -c +$(($3 + 1)) -- "$1" | head -c "$length"
}

# tell_journal FILE NUMBER (NAME OFFSET)...: prints `journal NUMBER NAME`, and leaves in `offset` where to go on.
tell_journal() {
    name=${1##*/}
    printf 'journal %d %s\n' "$2" "$name"
    shift 2
    offset=0
    while [ $# -ge 2 ]; do
        [ "$1" != "$name" ] || offset=$2
        shift 2
    done
}

# ask_queue DIR: leaves in `answer` Slurm's word on the arrays of DIR; fails when Slurm does not answer.
ask_queue() {
    ids=$(cat -- "$1"/arrays/[0-9]*/job.id 2>/dev/null)
    answer=
    # shellcheck disable=SC2086 # a word for each
    [ -z "$ids" ] || ask_slurm $ids
}

tell_queue() { printf 'queue 0 %d\n%s' ${#answer} "$answer"; }
