# follow-runs LOGS TAIL (DIR STDOUT_OFFSET STDERR_OFFSET)...
#
# Reports runs until each has ended and all of its log is out. A report is a line, some with bytes after it; R is the place of
# the run among the arguments, from 0:
#   state R N    the N bytes of its state file          queue R WORDS  Slurm's word: state and reason; `none`: not listed
#   from R O E   its log is shown from these offsets on  end R          nothing more will come of it
#   out R N      the next N bytes of stdout              err R N        the same of stderr
#   beat         nothing is new; who cannot be told any more ends here, by SIGPIPE
# The logs are read by offset and opened anew each time, since network file systems show old sizes to those who hold a file
# open. An offset of `-` is where the last TAIL lines begin. LOGS is 0 when only the states are wanted.
# One wc looks at all files and one squeue at all jobs; how often, see follow-pace.sh.
# shellcheck disable=SC2154,SC2034 # what the functions of other files give and take
set -u
umask 077
logs=$1 tail=$2
shift 2
point=points/00000
chunk=262144
newline='
'
count=0
while [ $# -ge 3 ]; do
    [ -d "$1" ] || exit 3
    eval "dir_$count=\$1 out_$count=\$2 err_$count=\$3 seen_$count=0 last_$count= said_$count= gone_$count=0 left_$count=1"
    count=$((count + 1))
    shift 3
done
left=$count

# load R: the variables of the run R, without their number.
load() {
    eval "dir=\$dir_$1 out=\$out_$1 err=\$err_$1 seen=\$seen_$1 last=\$last_$1 said=\$said_$1 gone=\$gone_$1 left_here=\$left_$1"
}

# begin FILE SIZE: leaves in `offset` where the last lines of the file begin.
begin() {
    offset=0
    [ "$2" -gt 0 ] || return 0
    offset=$(($2 - $(tail -n "$tail" -- "$1" | wc -c)))
    [ "$offset" -ge 0 ] || offset=0
    # What was written meanwhile has moved it into a line: on to the next one.
    if [ "$offset" -gt 0 ] && [ "$(tail -c +"$offset" -- "$1" | head -c 1 | od -An -tx1)" != ' 0a' ]; then
        offset=$((offset + $(tail -c +$((offset + 1)) -- "$1" | head -n 1 | wc -c)))
    fi
}

# send WORD R FILE SIZE OFFSET: sends what the file has beyond the offset, a chunk at most; leaves the new one in `offset`.
send() {
    offset=$5
    size=$(($4 - offset))
    [ "$size" -gt 0 ] || return 0
    news=1 moved=1
    if [ "$size" -gt $chunk ]; then size=$chunk more=1; fi
    printf '%s %d %d\n' "$1" "$2" "$size"
    tail -c +$((offset + 1)) -- "$3" | head -c "$size"
    offset=$((offset + size))
}

# look R STATE_SIZE STDOUT_SIZE STDERR_SIZE: reports what is new of a run.
look() {
    load "$1"
    # What was there when it had ended is all there is: the last bytes were written before the last words.
    was_ended=$last
    if [ "$2" -ne "$seen" ]; then
        journal=$(cat -- "$dir/$point/state")
        printf 'state %d %d\n%s\n' "$1" $(($(printf '%s' "$journal" | wc -c) + 1)) "$journal"
        eval "seen_$1=$2"
        news=1
        case ${journal##*"$newline"} in
        *' EXITED '* | *' REFUSED '*) last=1 ;;
        # We have noted that ourselves.
        *' SLURM '*) ;;
        *) last= ;;
        esac
        eval "last_$1=$last"
    fi
    moved=
    if [ "$logs" = 1 ]; then
        if [ "$out" = - ] || [ "$err" = - ]; then
            if [ "$out" = - ]; then begin "$dir/$point/stdout.txt" "$3" && out=$offset; fi
            if [ "$err" = - ]; then begin "$dir/$point/stderr.txt" "$4" && err=$offset; fi
            printf 'from %d %d %d\n' "$1" "$out" "$err"
        fi
        send out "$1" "$dir/$point/stdout.txt" "$3" "$out"
        eval "out_$1=$offset"
        send err "$1" "$dir/$point/stderr.txt" "$4" "$err"
        eval "err_$1=$offset"
    fi
    if [ -n "$was_ended" ] && [ -z "$moved" ]; then
        printf 'end %d\n' "$1"
        eval "left_$1=0"
        left=$((left - 1))
    fi
}

# Looks at all files at once.
look_at_files() {
    set --
    run=0 absent=
    while [ $run -lt $count ]; do
        load $run
        if [ "$left_here" = 1 ]; then
            [ -d "$dir" ] || absent=1
            for name in state stdout.txt stderr.txt; do
                if [ -f "$dir/$point/$name" ]; then
                    set -- "$@" "$dir/$point/$name"
                else
                    set -- "$@" /dev/null
                fi
            done
        fi
        run=$((run + 1))
    done
    # Somebody removed a run that we follow, unless a network file system shows it again soon.
    if [ -n "$absent" ]; then missed=$((missed + 1)); else missed=0; fi
    [ $missed -lt 10 ] || exit 3
    files=$#
    sizes=$(wc -c -- "$@") || return 0
    set -f
    IFS=$newline
    # shellcheck disable=SC2086 # a word for each line
    set -- $sizes
    unset IFS
    set +f
    [ $# -gt "$files" ] || return 0
    run=0
    while [ $run -lt $count ]; do
        load $run
        if [ "$left_here" = 1 ]; then
            # Each line has the size first.
            first=${1#"${1%%[! ]*}"} second=${2#"${2%%[! ]*}"} third=${3#"${3%%[! ]*}"}
            look $run "${first%% *}" "${second%% *}" "${third%% *}"
            shift 3
        fi
        run=$((run + 1))
    done
}

# Asks Slurm about all jobs that may still be there.
ask_queue() {
    set --
    run=0
    while [ $run -lt $count ]; do
        load $run
        if [ "$left_here" = 1 ] && [ -z "$last" ]; then
            # Of two that were noted it is the one that claimed the run.
            job=$(cat -- "$dir/$point/claim" 2>/dev/null || cat -- "$dir/job.id" 2>/dev/null)
            if is_id "$job"; then set -- "$@" "$job"; else job=; fi
            eval "job_$run=\$job"
        fi
        run=$((run + 1))
    done
    [ $# -gt 0 ] || return 0
    queue_words "$@" || return 0
    going=
    run=0
    while [ $run -lt $count ]; do
        load $run
        eval "job=\${job_$run-}"
        run=$((run + 1))
        if [ "$left_here" = 0 ] || [ -n "$last" ] || [ -z "$job" ]; then continue; fi
        own_word "$job" "$dir"
        case $word in
        PENDING* | CONFIGURING* | RUNNING* | COMPLETING* | SUSPENDED* | REQUEUE* | RESIZING* | SIGNALING* | STOPPED* | STAGE_OUT* | SPECIAL_EXIT* | RESV_DEL_HOLD*)
            eval "gone_$((run - 1))=0"
            ;;
        *)
            # The job's own last words may still be on their way through the file system, and a job that is put back into
            # the queue has ended for a moment: what is final is told when it is so for the third time.
            going=1
            gone=$((gone + 1))
            eval "gone_$((run - 1))=$gone"
            [ "$gone" -ge 3 ] || continue
            note_end "$dir" "$job"
            eval "last_$((run - 1))=1"
            ;;
        esac
        if [ "$word" != "$said" ]; then
            printf 'queue %d %s\n' $((run - 1)) "$word"
            eval "said_$((run - 1))=\$word"
            changed=$clock
        fi
    done
}

going=
missed=0
while :; do
    news='' more=''
    look_at_files
    [ $left -gt 0 ] || exit 0
    if [ "$clock" -ge "$due" ]; then
        ask_queue
        if [ -n "$going" ]; then due=$((clock + 7)); else ask_later; fi
    fi
    rest
done
