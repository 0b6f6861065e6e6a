# run-state DIR JOB: Slurm's word on the job in the first line (empty: no answer), then the run's state file.
word=
# shellcheck disable=SC2015 # no answer leaves it empty
queue_words "$2" && own_word "$2" "$1" || :
journal=$1/points/00000/state
case $word in
FAILED* | COMPLETED* | none)
    # It wrote its last words before Slurm knew; they may still be on their way through the file system.
    for _ in 1 2 3; do
        case $(tail -n 1 -- "$journal" 2>/dev/null) in *' RUNNING '* | *' CONVERTING '* | *' SUBMITTED '*) sleep 0.7 ;; *) break ;; esac
    done
    ;;
esac
printf '%s\n' "$word"
cat -- "$journal" 2>/dev/null || :
