# submit DIR SBATCH_OPTION...: submits DIR/job.sh once, and records the job id beside it. Prints the job id.
#
# Exactly one job: a job id that is there is the answer; a submission whose reply was lost is found again by its working
# directory, which no two runs share; only one shell at a time submits.
set -u
dir=$1
shift
cd -- "$dir" || exit 1

# The job that Slurm has with this working directory, if any.
lost_job() {
    squeue -h -u "$(id -un)" -o '%A %Z' 2>/dev/null | while read -r id where; do
        [ "$where" != "$dir" ] || { printf '%s\n' "$id" && break; }
    done
}

record() {
    printf '%s\n' "$1" >job.id.part && mv -f job.id.part job.id
    printf '%s SUBMITTED job=%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" >>points/00000/state
    rmdir submitting 2>/dev/null
    printf '%s\n' "$1"
    exit 0
}

look() {
    id=$(lost_job)
    [ -z "$id" ] || record "$id"
}

if [ -s job.id ]; then
    cat job.id
    exit 0
fi
if ! mkdir submitting 2>/dev/null; then
    # Another shell submits now, or one died while it did: wait for its answer, look, and only then take over.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        [ ! -s job.id ] || { cat job.id && exit 0; }
        sleep 1
    done
    look
fi
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
