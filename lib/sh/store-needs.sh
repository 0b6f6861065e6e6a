# What the store holds, and who needs it: functions for the scripts that list it and free space in it.
# shellcheck disable=SC2154 # the store is set by find_store

# needs: prints `KIND NAME REASON` for whatever a run needs that is queued, that runs, or that is prepared and was not submitted
# yet. Which that are, the notes in `runs` and Slurm say; a run whose directory has gone, or is another's now, needs nothing. The
# notes that say nothing any more go to the file $1, one a line, if it is named. Fails when Slurm does not answer.
needs() {
    queue=$(squeue -h -u "$(id -un)" -o '%F %Z' 2>/dev/null) || {
        echo "Slurm does not answer, so what the jobs need cannot be told" >&2
        return 1
    }
    for note in "$store"/runs/*; do
        case $note in *.part) continue ;; esac
        [ -f "$note" ] || continue
        dir=$(sed -n 's/^dir //p' "$note" | head -n 1)
        reason=
        if [ "$(sed -n 's/^id=//p' "$dir/.docksing" 2>/dev/null)" = "${note##*/}" ]; then
            if [ -d "$dir/arrays" ]; then
                # Each array of a sweep works in a folder of its own.
                job=$(printf '%s\n' "$queue" | grep -m 1 -F -- " $dir/arrays/" | cut -d ' ' -f 1)
                [ -z "$job" ] || reason="job $job"
                for script in "$dir"/arrays/*/job.sh; do
                    [ -n "$reason" ] || [ ! -f "$script" ] || [ -s "${script%/*}/job.id" ] || reason=prepared
                done
                job=none
            else
                job=$(find_job "$dir") || return 1
            fi
            if [ -z "$job" ]; then
                reason=prepared
            elif printf '%s\n' "$queue" | grep -q "^$job "; then
                reason="job $job"
            fi
        else
            # A directory that cannot be seen from here may be one that a job is in.
            printf '%s\n' "$queue" | cut -d ' ' -f 2- | grep -qxF -- "$dir" && reason="a job in $dir"
        fi
        if [ -z "$reason" ]; then
            [ -z "${1-}" ] || printf '%s\n' "${note##*/}" >>"$1"
            continue
        fi
        sed -n "s/^\(image\|layer\|tree\) \(..*\)$/\1 \2/p" "$note" | while read -r kind name; do
            printf '%s %s %s\n' "$kind" "$name" "$reason"
        done
        # What the job script says counts too: it is what the job will look for.
        sed -n "s/^image=\([0-9a-f]*\)$/\1/p" "$dir/job.sh" 2>/dev/null | sed "s|.*|image & $reason|"
        # shellcheck disable=SC2013 # the line is a list of words
        for layer in $(sed -n "s/^\(sif_\)\{0,1\}layers='\(.*\)'$/\2/p" "$dir/job.sh" 2>/dev/null); do
            printf 'layer %s %s\n' "$layer" "$reason"
        done
    done
}

# items: prints `USED KIND NAME PATH` of whatever the store holds, PATH below it and USED in seconds since 1970. What belongs
# to another thing (a checksum, a lock) is no thing of its own.
items() {
    for path in "$store"/layers/* "$store"/images/* "$store"/trees/*; do
        [ -e "$path" ] || [ -L "$path" ] || continue
        name=${path##*/}
        folder=${path%/*}
        used=$path
        case ${folder##*/}/$name in
        *.sum | *.json | *.txt | *.failed | *.lock | *.lock.* | */last) continue ;;
        *.part | *.part.* | *.build.* | */pull.* | */part.* | */new.* | *.log.*)
            kind=part
            newest=$(find "$path" -printf '%T@\n' 2>/dev/null | sort -n | tail -n 1)
            printf '%s %s %s %s\n' "${newest%.*}" "$kind" "$name" "${folder##*/}/$name"
            continue
            ;;
        layers/*) kind=layer ;;
        images/*.sif) kind=sif ;;
        images/*) kind=archive ;;
        *) kind=tree used=$path/used ;;
        esac
        printf '%s %s %s %s\n' "$(stat -c %Y -- "$used" 2>/dev/null || stat -c %Y -- "$path")" "$kind" "$name" "${folder##*/}/$name"
    done
}

# needed KIND NAME NEEDS: prints why the thing is needed by what `needs` printed; fails when nobody needs it.
needed() {
    case $1 in
    layer) printf '%s\n' "$3" | grep -m 1 -F -e "layer $2 " -e "layer ${2%.sqfs} " -e "layer ${2%.tar.gz} " ;;
    sif | archive) printf '%s\n' "$3" | grep -m 1 -F -e "image ${2%%.*} " ;;
    tree) printf '%s\n' "$3" | grep -m 1 -F -e "tree $2 " ;;
    *) false ;;
    esac | cut -d ' ' -f 3- | grep .
}
