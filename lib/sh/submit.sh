# submit DIR SBATCH_OPTION...: submits DIR/job.sh once, and records the job id beside it. Prints the job id. Ends with 1 and sbatch's
# words when Slurm did not take the job, and with 4 when nobody can say whether it did.
# shellcheck disable=SC2154 # submit_once's
set -u
cd -- "$1" || exit 1
submit_once "$@"
note_submitted
printf '%s\n' "$id"
