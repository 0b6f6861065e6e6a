
# shellcheck shell=sh disable=SC2154,SC2034 # named elsewhere in the script
# ---- The batch script: claims the run directory, makes the image ready, starts the step. ----

# One job owns a run directory; the same job may come back to it when Slurm puts it into the queue again.
if ! (set -C && printf '%s\n' "$SLURM_JOB_ID" >"$point/claim") 2>/dev/null &&
    [ "$(cat "$point/claim")" != "$SLURM_JOB_ID" ]; then
    printf 'docksing-shell: %s belongs to job %s, so job %s ends\n' "$run_dir" "$(cat "$point/claim")" "$SLURM_JOB_ID" >&2
    exit 125
fi
# Should a second job have been noted, it is this one that runs.
[ "$(cat job.id 2>/dev/null)" = "$SLURM_JOB_ID" ] ||
    { printf '%s\n' "$SLURM_JOB_ID" >job.id.own && mv -f job.id.own job.id; }
find_runtime

if [ -n "$layers" ]; then use_layers; else use_sif; fi
[ "$isolation" != docker ] || try_writable
ln -sf -- "$point/stdout.txt" stdout.txt

# Told to end (cancelled, preempted, out of time), the job says so and leaves the reason to Slurm, which knows it.
ending=
trap 'ending=1' TERM
say RUNNING "$(uname -n)"
step
code=$?
if [ -n "$ending" ]; then
    say ENDING "$code"
    exit "$code"
fi
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
[ -f "$point/started" ] || refuse "the step did not start: $(tail -n 1 slurm.txt 2>/dev/null)"
say EXITED "$code"
exit "$code"
