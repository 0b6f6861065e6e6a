# cancel-run DIR JOB: cancels the job of the run in DIR, and no other that Slurm has given its id since.
queue_words "$2" || {
    echo "Slurm does not answer" >&2
    exit 1
}
own_word "$2" "$1"
# shellcheck disable=SC2154 # own_word's
[ "$word" != none ] || exit 0
# For the day when Slurm has forgotten it; a job that ended by itself has said so.
umask 077
note_line "$1" CANCEL
exec scancel -- "$2"
