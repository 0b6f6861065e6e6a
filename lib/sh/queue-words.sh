# Slurm's word on jobs: functions for the scripts that report runs, and note how they ended before Slurm forgets it.

# is_id JOB: whether it is a job's number. What a run directory says it is may be another user's text, and is never evaluated.
is_id() { case $1 in '' | *[!0-9]* | ???????????*) false ;; *) true ;; esac; }

# queue_words JOB...: asks Slurm about all of them at once, and leaves in word_JOB its state and reason, or `none` when Slurm
# does not know it (any more), and in where_JOB its working directory. Finished jobs stay listed for some minutes; after that
# accounting may know, where there is one. Fails when there was no answer: that is not an answer.
queue_words() {
    list=
    for id; do
        is_id "$id" || return 1
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
    word=none
    is_id "$1" || return 0
    eval "word=\$word_$1 where=\$where_$1"
    # shellcheck disable=SC2154,SC3013 # the eval's; dash, bash, ksh and busybox have -ef
    [ -z "$where" ] || [ "$where" = "$2" ] || [ "$where" -ef "$2" ] || word=none
}

# note_line DIR WORDS: adds a line to the state file of the run in DIR. In another user's directory it may be a link that leads anywhere.
note_line() {
    if [ ! -O "$1/points/00000" ] || [ -L "$1/points/00000/state" ]; then return 0; fi
    if [ -e "$1/points/00000/state" ] && [ ! -f "$1/points/00000/state" ]; then return 0; fi
    { printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$2" >>"$1/points/00000/state"; } 2>/dev/null || :
}

# note_end DIR JOB: writes into the state file of the run in DIR how its job ended, if that is known and the file does not say it: by
# the Slurm state in `word`, or by what Slurm wrote into the job's own output.
note_end() {
    case $word in
    CANCELLED* | TIMEOUT* | DEADLINE* | OUT_OF_MEMORY* | NODE_FAIL* | BOOT_FAIL* | PREEMPTED* | REVOKED*) end=$word ;;
    none | FAILED* | COMPLETED*) end= ;;
    *) return 0 ;;
    esac
    # shellcheck disable=SC2016 # awk's
    [ ! -f "$1/points/00000/state" ] || tail -c 1048576 -- "$1/points/00000/state" | awk '$2 == "RUNNING" || $2 == "CONVERTING" { known = 0 }
        $2 == "EXITED" || $2 == "REFUSED" || $2 == "SLURM" { known = 1 }
        END { exit known }' || return 0
    if [ -z "$end" ]; then
        [ -f "$1/slurm.txt" ] || return 0
        case $(tail -c 65536 -- "$1/slurm.txt" 2>/dev/null | grep -a "\*\*\* [JS][A-Z]* $2[. ].* CANCELLED AT " | tail -n 1) in
        '' | *' JOB REQUEUE '*) return 0 ;;
        *' TIME LIMIT '*) end='TIMEOUT TimeLimit' ;;
        *' PREEMPTION '*) end='PREEMPTED None' ;;
        *' NODE FAILURE'*) end='NODE_FAIL None' ;;
        *) end='CANCELLED None' ;;
        esac
    fi
    note_line "$1" "SLURM $end"
}
