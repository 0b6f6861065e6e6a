
# shellcheck shell=sh disable=SC2154,SC2034 # named elsewhere in the script
# ---- The batch script: claims what is its own, makes the image ready, starts the step. ----

claim
take_over
find_runtime
[ -z "${docksing_failed-}" ] || say NOTE "$(setup_failure)"

# Slurm puts a job back into the queue when a node is lost or another job is preferred. More often than it was asked for, it
# is ended instead.
[ -z "$requeue" ] || [ "$restarts" -le "$requeue" ] ||
    refuse "the job was put back into the queue more than $requeue times (docksing.requeue)"
rm -rf -- "$point/started" "$point/pids"
[ -z "$notice" ] || mkdir -p -- "$point/pids"

if [ -n "$layers" ]; then use_layers; else use_sif; fi
[ "$isolation" != docker ] || try_writable
ready

# The time limit is near: Slurm tells this script alone, and it tells the containers. The job goes back into the queue when
# they have ended, or shortly before the limit; a container that ends with 0 has finished.
# shellcheck disable=SC2317 # the trap calls it
warn() {
    told=1
    [ -z "$noticed" ] || return 0
    noticed=1
    notify "$notice"
    [ "${SLURM_JOB_NUM_NODES:-1}" -le 1 ] ||
        srun --overlap --nodes="$SLURM_JOB_NUM_NODES" --ntasks="$SLURM_JOB_NUM_NODES" --output=/dev/null "./${own}job.sh" notify "$notice" &
    [ "$restarts" -ge "${requeue:-0}" ] || { sleep "$patience" && kill -ALRM $$; } &
}

# Whether Slurm said that the step was killed for its memory, which it tells nobody else without accounting: srun into what the
# job prints, and the node into what the step does.
no_memory() {
    {
        tail -c +$((said + 1)) -- "$notes/slurm.txt" | grep -q '^srun: error: .*: Out Of Memory$' ||
            tail -c +$((printed + 1)) -- "$point/stderr.txt" | tail -n 50 |
            LC_ALL=C grep -aq "error: Detected [0-9]* oom.kill event.* in StepId=$SLURM_JOB_ID\."
    } 2>/dev/null
}

# The state that the words mean which Slurm writes into the output of a job that it ends.
told_by_slurm() {
    words=$(tail -c +$((heard + 1)) -- "${own}slurm.txt" 2>/dev/null | grep -a "\*\*\* [JS][A-Z]* ${SLURM_JOB_ID}[. ].* CANCELLED AT " | tail -n 1)
    case $words in
    *' TIME LIMIT '*) echo TIMEOUT ;;
    *' PREEMPTION '*) echo PREEMPTED ;;
    *' NODE FAILURE'*) echo NODE_FAIL ;;
    *' JOB REQUEUE '*) echo REQUEUED ;;
    *) echo CANCELLED ;;
    esac
}

# Puts the job back into the queue, which ends this script and what is left of the step.
put_back() {
    say REQUEUED "$((restarts + 1)) of $requeue"
    trap 'exit 0' TERM
    if scontrol requeue "$SLURM_JOB_ID" 2>"$notes/requeue.err"; then
        while :; do sleep 1; done
    fi
    refuse "Slurm did not put the job back into the queue: $(tail -n 1 "$notes/requeue.err")"
}

# Told to end (cancelled, preempted, out of time), the job says so, and why, as far as Slurm has said that to it: Slurm forgets it.
ending='' told='' noticed='' late=''
trap 'ending=1 told=1' TERM
if [ -n "$notice" ]; then
    trap warn USR1
    trap 'late=1 told=1' ALRM
fi
size_of() { cat -- "$1" 2>/dev/null | wc -c; }
said=$(size_of "$notes/slurm.txt") heard=$(size_of "${own}slurm.txt") printed=$(size_of "$point/stderr.txt")
say RUNNING "$(uname -n)$mark"
step &
step=$!
# Of two starts of the job one writes to its binds: this one's containers are told to end once there is another.
(
    trap 'kill "$nap" 2>/dev/null; exit' TERM
    trap '' USR1 ALRM
    while :; do
        sleep 10 &
        nap=$!
        wait "$nap"
        if overtaken; then
            kill -TERM "$step" 2>/dev/null
            exit
        fi
    done
) &
guard=$!
# A signal ends the wait, not the step.
while
    wait $step
    code=$?
    [ -n "$told" ]
do
    told=
    [ -z "$late" ] || [ -n "$ending" ] || put_back
done
kill "$guard" 2>/dev/null
! overtaken || exit 0
# Slurm may tell the step a moment before it tells us. 135 is what a program ends with whose files went with its container.
case $code in 135 | 143) [ -n "$ending" ] || sleep 1 ;; esac
if [ -n "$ending" ]; then
    tell_memory
    tell_metrics
    say ENDING "$code $(told_by_slurm)"
    exit "$code"
fi
if [ -n "$noticed" ] && [ "$code" -ne 0 ] && [ "$restarts" -lt "${requeue:-0}" ]; then put_back; fi
case $code in 126 | 127 | 135 | 139 | 255) refuse_damaged ;; esac
# The runtime ends with 255 when it cannot start the program; Docker with 127 and 126, or 125 for all else.
if [ "$code" = 255 ]; then
    last=$(tail -n 1 "$point/stderr.txt" 2>/dev/null)
    # shellcheck disable=SC2016 # its words
    case $last in
    *'FATAL:   '*'executable file not found in $PATH' | *'FATAL:   stat '*': no such file or directory') code=127 ;;
    *'FATAL:   permission denied' | *'FATAL:   is a directory' | *'FATAL:   exec '*) code=126 ;;
    *'FATAL:   '*)
        # The next job finds out anew what is possible here.
        case $last in *overlay*) rm -f -- "$store/writable" "$store/overlays" ;; esac
        refuse "${last#*FATAL:   }"
        ;;
    esac
fi
[ -f "$point/started" ] || refuse "the step did not start: $(tail -n 1 "$notes/slurm.txt" 2>/dev/null)"
killer=
if [ "$code" -ne 0 ] && no_memory; then
    killer=' OOM'
    # Slurm says 1 to that, and Docker what a killed program ends with.
    [ "$code" -ne 1 ] || code=137
fi
last_words
say "EXITED $code$killer"
pack_logs
exit "$code"
