# hold-job DIR SECONDS SALLOC_WORD...: starts DIR/job.sh in an allocation that lasts no longer than the connection of whoever
# calls this, and records the job id beside it. Prints `job ID`, then `ended` when it is over; `there ID` when there is a job
# already, which is left to itself.
#
# A line on stdin every few seconds shows that the caller lives. When stdin ends, or nothing came for SECONDS (a machine that
# sleeps, a cable that was pulled), the job is cancelled.
set -u
dir=$1
patience=$2
shift 2
cd -- "$dir" || exit 1
look_for_job "$dir"
if [ -n "$id" ]; then
    record_id
    note_submitted
    echo "there $id"
    exit 0
fi
mkdir -p submitting || exit 1
# Whoever looks for a job whose answer was lost finds it by its folder, which is salloc's. The file `holder` is there for as long
# as salloc is.
command : >holder && command : >>slurm.txt || exit 1
(
    # shellcheck disable=SC2154 # submission.sh's
    umask "$mask"
    # shellcheck disable=SC2016 # that shell's own
    sh -c 'echo $$ >holder; exec salloc "$@"' sh "$@" </dev/null >salloc.txt 2>&1
    rm -f -- holder
) &
id=
waited=0
until [ -n "$id" ]; do
    [ -e holder ] || break
    sleep 0.1
    waited=$((waited + 1))
    id=$(sed -n 's/^salloc: [PG][a-z]* job allocation \([1-9][0-9]\{0,9\}\).*/\1/p' salloc.txt 2>/dev/null | head -n 1)
    # A site's own salloc may say something else.
    [ -n "$id" ] || [ $((waited % 50)) -ne 0 ] || id=$(queued_in "$dir") || :
done
if [ -z "$id" ]; then
    # Without its salloc nobody holds the job, whatever salloc said or did not say.
    look_for_job "$dir"
    if [ -n "$id" ]; then
        scancel "$id" >&2 || exit 4
        record_id
        note_submitted
        echo "salloc ended, so job $id, which it had made, was cancelled" >&2
        exit 1
    fi
    rmdir submitting 2>/dev/null
    sed 's/^salloc: error: //' salloc.txt >&2
    exit 1
fi
record_id
note_submitted
echo "job $id"

# Should Slurm not answer, its own program gives the allocation back when it is told to end.
let_go() { scancel "$id" 2>/dev/null || kill -TERM "$(cat holder)" 2>/dev/null; }

rm -f -- heartbeat
(
    quiet=0
    while [ -e holder ]; do
        sleep 1
        quiet=$((quiet + 1))
        [ ! -e heartbeat ] || quiet=0
        rm -f -- heartbeat
        [ "$quiet" -ne "$patience" ] || let_go
    done
    echo ended
) &
while read -r _; do command : >heartbeat; done
rm -f -- heartbeat
[ ! -e holder ] || let_go
