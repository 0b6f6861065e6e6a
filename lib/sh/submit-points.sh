# submit-points DIR (ARRAY SBATCH_OPTIONS)...: submits DIR/arrays/ARRAY/job.sh, for each once, with these options (shell text, in which $dir is DIR), and
# records the job ids beside them. Prints `ARRAY JOB_ID` for each. Ends as submit does at the first that Slurm did not take.
# shellcheck disable=SC2154 # submit_once's
set -u
dir=$1
shift
while [ $# -ge 2 ]; do
    cd -- "$dir/arrays/$1" || exit 1
    eval "submit_once \"\$dir/arrays/\$1\" $2"
    printf '%s %s\n' "$1" "$id"
    shift 2
done
