# run-state DIR JOB: Slurm's word on the job in the first line (empty: no answer), then the run's state file.
word=
# shellcheck disable=SC2015 # no answer leaves it empty
queue_words "$2" && own_word "$2" "$1" || :
printf '%s\n' "$word"
cat -- "$1/points/00000/state" 2>/dev/null || :
