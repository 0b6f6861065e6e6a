# Slurm's word on a job: a function for the scripts that report a run.

# queue_word JOB: prints its state and reason, or `none` when Slurm does not know it (any more). Finished jobs stay
# listed for some minutes; after that accounting may know. Fails when there was no answer: that is not an answer.
queue_word() {
    if word=$(squeue -h -j "$1" --states=all -o '%T %r' 2>&1); then :; else
        case $word in *'Invalid job id'*) word= ;; *) return 1 ;; esac
    fi
    if [ -z "$word" ]; then
        word=$(sacct -n -X -P -j "$1" -o State,Reason 2>/dev/null | tail -n 1 | tr '|' ' ')
    fi
    printf '%s\n' "${word:-none}"
}
