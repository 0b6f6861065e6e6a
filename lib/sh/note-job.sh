# The job of a run directory, which is the current one: functions for the scripts that submit it.

# note_job ID: records it beside the script, and that nothing is being submitted any more.
note_job() {
    printf '%s\n' "$1" >job.id.part && mv -f job.id.part job.id || exit 1
    printf '%s SUBMITTED job=%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" >>points/00000/state
    rmdir submitting 2>/dev/null
}

# look_for_job DIR: sets `id` to the job that is there already, or to nothing.
# shellcheck disable=SC2034 # whoever calls it uses it
look_for_job() {
    id=$(find_job "$1") || {
        echo "Slurm does not answer, so a job that may have been submitted from $1 cannot be looked for" >&2
        exit 1
    }
}
