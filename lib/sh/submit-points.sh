# submit-points DIR (ARRAY SBATCH_OPTIONS)...: submits DIR/arrays/ARRAY/job.sh, for each once, with these options (shell text, in which $dir is DIR), and
# records the job ids beside them. Prints `ARRAY JOB_ID` for each.
#
# Exactly one job for each: the folder `submitting` is there from before Slurm is asked until its answer is recorded, so that
# whoever comes later looks for a job whose answer was lost (see find_job). It works in the array's folder, which no other does.
set -u
dir=$1
shift

record() {
    printf '%s\n' "$2" >job.id.part && mv -f job.id.part job.id || exit 1
    rmdir submitting 2>/dev/null
    printf '%s %s\n' "$1" "$2"
}

look() {
    id=$(find_job "$dir/arrays/$1") || {
        echo "Slurm does not answer, so a job that may have been submitted from $dir/arrays/$1 cannot be looked for" >&2
        exit 1
    }
    [ -n "$id" ]
}

# submit ARRAY SBATCH_OPTION...
submit() {
    array=$1
    shift
    cd -- "$dir/arrays/$array" || exit 1
    if look "$array"; then
        record "$array" "$id"
        return
    fi
    mkdir -p submitting
    reply=$(sbatch --parsable --chdir="$dir/arrays/$array" "$@" ./job.sh 2>submit.err)
    code=$?
    id=${reply%%;*}
    if [ $code -eq 0 ]; then
        rm -f submit.err
        record "$array" "$id"
        return
    fi
    # Slurm may have taken the job although its answer did not arrive in time.
    case $(cat submit.err) in
    *imed\ out* | *ommunication* | *onnection*)
        for _ in 1 2 3 4 5; do
            sleep 1
            if look "$array"; then
                record "$array" "$id"
                return
            fi
        done
        ;;
    esac
    rmdir submitting 2>/dev/null
    cat submit.err >&2
    exit $code
}

while [ $# -ge 2 ]; do
    eval "submit \"\$1\" $2"
    shift 2
done
