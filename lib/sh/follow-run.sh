# follow-run DIR STDOUT_OFFSET STDERR_OFFSET LOGS
#
# Reports a run until it has ended and all of its log is out. Each report is a line, some with bytes after it:
#   state N  the N bytes of its state file            queue WORDS  Slurm's word: state and reason; `none`: not listed
#   out N    the next N bytes of stdout               err N        the same of stderr
#   beat     nothing is new; who cannot be told any more ends here, by SIGPIPE
#   end      nothing more will come
# The log is read by offset and opened anew each time, since network file systems show old sizes to those who hold a
# file open. LOGS is 0 when only the state is wanted.
set -u
dir=$1 out_offset=$2 err_offset=$3 logs=$4
cd -- "$dir" || exit 3
point=points/00000
chunk=262144
seen=
ended=
turn=0
gone=0

# Sends what FILE has beyond OFFSET, a chunk at most; the new offset is left in `offset`, and `moved` is set if there was any.
send() {
    offset=$3
    [ -f "$2" ] || return 0
    size=$(wc -c <"$2") || return 0
    count=$((size - offset))
    [ "$count" -gt 0 ] || return 0
    [ "$count" -le $chunk ] || count=$chunk
    printf '%s %d\n' "$1" "$count"
    tail -c +$((offset + 1)) "$2" | head -c "$count"
    offset=$((offset + count))
    moved=1
}

show_state() {
    now=$(cat $point/state 2>/dev/null)
    [ "$now" != "$seen" ] || return 0
    seen=$now
    printf 'state %d\n%s\n' $(($(printf '%s' "$now" | wc -c) + 1)) "$now"
    case $now in *' EXITED '* | *' REFUSED '*) ended=1 ;; esac
}

# Slurm's word on the job, when it is another than before.
ask_queue() {
    job=$(cat job.id 2>/dev/null)
    [ -n "$job" ] || return 0
    word=$(queue_word "$job") || return 0
    [ "$word" = "${last_word-}" ] || printf 'queue %s\n' "$word"
    last_word=$word
    case $word in
    PENDING* | CONFIGURING* | RUNNING* | COMPLETING* | SUSPENDED* | REQUEUE* | RESIZING* | SIGNALING* | STOPPED* | STAGE_OUT*)
        gone=0
        ;;
    *)
        # The job's own last words may still be on their way through the file system.
        gone=$((gone + 1))
        [ $gone -lt 3 ] || ended=1
        ;;
    esac
}

while :; do
    show_state
    # shellcheck disable=SC2015 # asking once more does no harm
    [ -n "$ended" ] || [ $((turn % 4)) -ne 0 ] && [ $gone -eq 0 ] || ask_queue
    moved=
    if [ "$logs" = 1 ]; then
        send out $point/stdout.txt "$out_offset" && out_offset=$offset
        send err $point/stderr.txt "$err_offset" && err_offset=$offset
    fi
    # Slurm is asked every two seconds, however fast the log comes.
    [ -z "$moved" ] || [ $((turn % 4)) -ne 0 ] || turn=1
    [ -z "$moved" ] || continue
    turn=$((turn + 1))
    if [ -n "$ended" ]; then
        show_state
        printf 'end\n'
        exit 0
    fi
    # Most news comes soon after a submission.
    if [ $turn -lt 25 ]; then sleep 0.2; else sleep 0.5; fi
    [ $((turn % 20)) -ne 0 ] || printf 'beat\n'
done
