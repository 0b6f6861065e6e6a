
# ---- The same for every run from here on. ----
# As Slurm's batch script it claims the run directory, makes the image ready and starts the step; as the step (`job.sh
# task`, once for each task) it starts the container. POSIX sh, coreutils, Slurm, and apptainer or singularity.
# shellcheck shell=sh disable=SC2154,SC2034 # named above, used below
cd -- "$run_dir" || exit 125

# The run cannot go on, and the container never ran: 125, as Docker's own failures.
refuse() {
    say REFUSED 125 "$*"
    printf 'docksing-shell: %s\n' "$*" >&2
    exit 125
}

# The user's own lines (`module load …`) change this script's environment: a login bash runs them, and then this script
# again. What they print is kept apart. Tasks usually inherit the environment; with `export: NONE` they do not.
if [ -n "$setup" ] && [ "${docksing_setup-}" != "$SLURM_JOB_ID" ]; then
    export docksing_setup="$SLURM_JOB_ID"
    # Lines that end with `exit` must not end the job without a word.
    ! command -v bash >/dev/null || exec bash -l -c "trap 'export docksing_ended=\$?; exec \"\$0\" \"\$@\" >&8 2>&9 8>&- 9>&-' EXIT
$setup
exec \"\$0\" \"\$@\" >&8 2>&9 8>&- 9>&-" "$PWD/${own-}job.sh" "$@" 8>&1 9>&2 >>"${own-}setup.txt" 2>&1
    docksing_ended='127, since there is no bash,'
fi

find_runtime() {
    [ -z "${docksing_ended-}" ] ||
        refuse "docksing.setup ended with $docksing_ended on $(uname -n); see ${own-}setup.txt in the run directory"
    if [ -n "$wanted_runtime" ]; then
        runtime=$(command -v -- "$wanted_runtime") || refuse "the runtime $wanted_runtime is not on $(uname -n)"
    else
        runtime=$(command -v apptainer || command -v singularity) ||
            refuse "neither apptainer nor singularity is on $(uname -n); if a module brings it, write docksing:" \
                "{setup: module load apptainer}"
    fi
    case ${runtime##*/} in *apptainer*) prefix=APPTAINERENV_ ;; *) prefix=SINGULARITYENV_ ;; esac
}
