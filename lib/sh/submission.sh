# Submitting a job exactly once: functions for the scripts that do. Each works in the folder that the job works in, which no other
# job does. The folder `submitting` is there from before Slurm is asked until its answer is recorded, so that whoever comes later
# looks for a job whose answer was lost (see find_job).
# shellcheck shell=sh disable=SC2034 # for who calls
mask=$(umask)
umask 077

# A login shell may be in a job of its own, whose variables would say how large this one is, or would have sbatch wait for its end.
for name in $(env | sed -n 's/^\(SLURM_[A-Z0-9_]*\)=.*/\1/p'); do
    case $name in
    SLURM_JOB* | SLURM_STEP* | SLURM_ARRAY* | SLURM_MEM_* | SLURM_NTASKS* | SLURM_NPROCS | SLURM_NNODES | SLURM_NODE* | \
        SLURM_CPU* | SLURM_TASK* | SLURM_DISTRIBUTION | SLURM_PROCID | SLURM_LOCALID | SLURM_GPU* | SLURM_TRES* | \
        SLURM_HINT | SLURM_THREADS*) unset "$name" ;;
    esac
done
unset SBATCH_WAIT SBATCH_ARRAY_INX

# job_id: prints the job id in what sbatch printed, which is stdin: the line `ID` or `ID;CLUSTER`, whatever a site's own sbatch prints
# before and after it. Prints nothing when there is no such line, or when two of them differ.
job_id() {
    tr -d '\r' | sed -n 's/^ *\([1-9][0-9]\{0,9\}\)\(;[A-Za-z0-9_.-]\{1,64\}\)\{0,1\} *$/\1/p' | sort -u | {
        read -r one && ! read -r _ && printf '%s\n' "$one"
    }
}

# look_for_job DIR: sets `id` to the job that is there already, or to nothing. Ends with 4 when nobody can say.
look_for_job() {
    id=$(find_job "$1") || {
        echo "Slurm does not answer, so a job that may have been submitted from $1 cannot be looked for" >&2
        exit 4
    }
}

# look_again DIR: looks for a job that Slurm may be about to make.
look_again() {
    for _ in 1 2 3 4 5; do
        look_for_job "$1"
        [ -z "$id" ] || return 0
        sleep 1
    done
}

# record_id: writes the job id `id` beside the script. Nothing is being submitted any more.
record_id() {
    printf '%s\n' "$id" >job.id.part && mv -f job.id.part job.id || exit 1
    rmdir submitting 2>/dev/null || :
}

# submit_once DIR SBATCH_OPTION...: submits DIR/job.sh, unless it has a job; DIR is the current folder. Leaves the job id in `id`, and
# records it. When there is no job, prints what sbatch said, and ends with 1; with 4 when that is not certain.
submit_once() {
    where=$1
    shift
    look_for_job "$where"
    [ -z "$id" ] || {
        record_id
        return 0
    }
    mkdir -p submitting && command : >>slurm.txt || exit 1
    reply=$(umask "$mask" && exec sbatch --parsable --chdir="$where" "$@" ./job.sh 2>submit.err)
    code=$?
    [ $code -ne 0 ] || id=$(printf '%s\n' "$reply" | job_id)
    if [ -z "$id" ]; then
        # Whatever sbatch said or did not say, Slurm may have made the job.
        refused=
        if [ $code -ge 1 ] && [ $code -le 125 ] && [ -s submit.err ]; then
            case $(cat submit.err) in *imed\ out* | *ommunication* | *onnection* | *ocket*) ;; *) refused=1 ;; esac
        fi
        if [ -n "$refused" ]; then look_for_job "$where"; else look_again "$where"; fi
    fi
    if [ -n "$id" ]; then
        rm -f submit.err
        record_id
        return 0
    fi
    cat submit.err >&2
    if [ -n "$refused" ]; then
        rmdir submitting 2>/dev/null
        exit 1
    fi
    # The next submission looks once more.
    [ -s submit.err ] || echo "sbatch ended with $code and printed no job id" >&2
    exit 4
}

# note_submitted: the first line of the state file of the current run directory, if the job has written none yet: it must not follow
# the job's own words.
note_submitted() {
    state=points/00000/state
    printf '%s SUBMITTED job=%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$id" >"$state.part"
    ln -T -- "$state.part" "$state" 2>/dev/null || [ -e "$state" ] || mv -n -T -- "$state.part" "$state" || :
    rm -f -- "$state.part"
}
