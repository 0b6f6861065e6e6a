# The job of the run in a directory: a function for the scripts that must not make a second one.

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
    listed=$(squeue -h -u "$(id -un)" -o '%F %Z' 2>/dev/null) || return 1
    printf '%s\n' "$listed" | while read -r id where; do
        if [ "$where" = "$1" ]; then
            printf '%s\n' "$id"
            break
        fi
    done
}
