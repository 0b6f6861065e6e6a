
# shellcheck shell=sh disable=SC2154,SC2034 # named elsewhere in the script
# ---- A task's own folder on the node's disk, for what the container writes outside its binds. ----

# make_scratch: makes `scratch`, open to nobody else, where the site says that temporary files go. Its name has the node's,
# since that place may be shared between nodes after all.
make_scratch() {
    for parent in "${SLURM_TMPDIR-}" "${TMPDIR-}" /tmp; do
        # The runtime's options could not name such a folder.
        case $parent in /*) ;; *) continue ;; esac
        case $parent in *[!A-Za-z0-9_./@%+=-]*) continue ;; esac
        { [ -d "$parent" ] && [ -w "$parent" ]; } || continue
        drop_remains "$parent/docksing-$(uname -n)"
        scratch=$(mktemp -d "$parent/docksing-$(uname -n)-$SLURM_JOB_ID.${SLURM_PROCID:-batch}.XXXXXX" 2>/dev/null) ||
            continue
        printf '%s\n' $$ >"$scratch/pid"
        return 0
    done
    refuse "no folder for temporary files can be made on $(uname -n), neither in SLURM_TMPDIR nor TMPDIR nor /tmp"
}

# What a task left that was killed before it could clean up: its process is gone, and Slurm says that its job is.
drop_remains() {
    for old in "$1"-*; do
        { [ -O "$old" ] && [ -s "$old/pid" ]; } || continue
        ! kill -0 "$(cat "$old/pid")" 2>/dev/null || continue
        job=${old#"$1"-} job=${job%%.*}
        [ "$job" != "$SLURM_JOB_ID" ] || continue
        if listed=$(squeue -h -j "$job" -t RUNNING,COMPLETING,SUSPENDED -o %A 2>&1); then
            [ -z "$listed" ] || continue
        else
            case $listed in *'Invalid job id'*) ;; *) continue ;; esac
        fi
        remove "$old"
    done
}

# Removes a folder, whatever modes a program has given to what is in it.
remove() {
    rm -rf -- "$1" 2>/dev/null || {
        chmod -R u+rwX -- "$1" 2>/dev/null
        rm -rf -- "$1" 2>/dev/null
    }
}
