# run-state DIR JOB: Slurm's word on the job in the first line (empty: no answer), then the run's state file.
queue_word "$2" || echo
cat -- "$1/points/00000/state" 2>/dev/null || :
