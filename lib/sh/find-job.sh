# The job of the run in a directory: functions for the scripts that must not make a second one.

# find_job DIR: prints the job id, or nothing when there is no job. The job that claimed the directory comes first, then
# what was noted. A submission whose reply was lost (`submitting` is still there) is found again by its working
# directory, which no two runs share; a job that ended before it claimed anything does not count. Fails when Slurm would
# have to be asked and does not answer.
find_job() {
    for note in "$1/points/00000/claim" "$1/job.id"; do
        if [ -s "$note" ]; then
            cat -- "$note"
            return 0
        fi
    done
    [ -d "$1/submitting" ] || return 0
    queued_in "$1"
}

# queued_in DIR SQUEUE_OPTION...: prints the id of a job of this user's that works in DIR. Fails when Slurm does not answer.
queued_in() {
    folder=$1
    shift
    listed=$(squeue -h -u "$(id -un)" "$@" -o '%F %Z' 2>/dev/null) || return 1
    printf '%s\n' "$listed" | while read -r id where; do
        case $id in '' | *[!0-9]*) continue ;; esac
        case $where in */"${folder##*/}") ;; *) continue ;; esac
        # The folder may have another name through a link. Dash, bash, ksh and busybox have -ef.
        # shellcheck disable=SC3013
        [ "$where" = "$folder" ] || [ "$where" -ef "$folder" ] || continue
        printf '%s\n' "$id"
        break
    done
}
