# submit DIR SBATCH_OPTION...: submits DIR/job.sh once, and records the job id beside it. Prints the job id.
#
# Exactly one job: one that is there is the answer. The folder `submitting` is there from before Slurm is asked until its
# answer is recorded, so that whoever comes later looks for a job whose answer was lost (see find_job).
set -u
dir=$1
shift
cd -- "$dir" || exit 1

record() {
    note_job "$1"
    printf '%s\n' "$1"
    exit 0
}

look() {
    look_for_job "$dir"
    [ -z "$id" ] || record "$id"
}

look
mkdir -p submitting
reply=$(sbatch --parsable --chdir="$dir" "$@" ./job.sh 2>submit.err)
code=$?
id=${reply%%;*}
[ $code -ne 0 ] || record "$id"
# Slurm may have taken the job although its answer did not arrive in time.
case $(cat submit.err) in
*imed\ out* | *ommunication* | *onnection*)
    for _ in 1 2 3 4 5; do
        sleep 1
        look
    done
    ;;
esac
rmdir submitting 2>/dev/null
cat submit.err >&2
exit $code
