# Slurm's word on jobs: functions for the scripts that report runs.

# queue_words JOB...: asks Slurm about all of them at once, and leaves in word_JOB its state and reason, or `none` when Slurm
# does not know it (any more), and in where_JOB its working directory. Finished jobs stay listed for some minutes; after that
# accounting may know, where there is one. Fails when there was no answer: that is not an answer.
queue_words() {
    list=
    for id; do
        eval "word_$id=none where_$id="
        list=${list:+$list,}$id
    done
    if answer=$(squeue -h -j "$list" --states=all -o '%A|%T|%r|%Z' 2>&1); then
        take_words "$answer"
    else
        case $answer in *'Invalid job id'*) ;; *) return 1 ;; esac
    fi
    list=
    for id; do
        eval "word=\$word_$id"
        # shellcheck disable=SC2154 # the eval's
        [ "$word" != none ] || list=${list:+$list,}$id
    done
    [ -z "$list" ] || ! answer=$(sacct -n -X -P -j "$list" -o JobIDRaw,State,Reason,WorkDir 2>/dev/null) ||
        take_words "$answer"
}

# Takes lines of JOB|STATE|REASON|DIRECTORY. Others are warnings.
take_words() {
    set -f
    IFS='
'
    for line in $1; do
        id=${line%%|*} line=${line#*|}
        case $id in '' | *[!0-9]*) continue ;; esac
        # shellcheck disable=SC2034 # the eval's
        state=${line%%|*} line=${line#*|}
        eval "word_$id=\"\$state \${line%%|*}\" where_$id=\${line#*|}"
    done
    unset IFS
    set +f
}

# own_word JOB DIR: leaves in `word` what queue_words learnt of the job of the run in DIR. Slurm gives ids again in the end, and
# one that works in another directory is another job.
own_word() {
    eval "word=\$word_$1 where=\$where_$1"
    # shellcheck disable=SC2154,SC3013 # the eval's; dash, bash, ksh and busybox have -ef
    [ -z "$where" ] || [ "$where" = "$2" ] || [ "$where" -ef "$2" ] || word=none
}
