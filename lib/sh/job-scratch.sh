
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
        scratch=$(mktemp -d "$parent/docksing-$(uname -n)-$SLURM_JOB_ID.${SLURM_PROCID:-batch}.XXXXXX" 2>/dev/null) || continue
        is_own "$scratch" || continue
        printf '%s\n' $$ >"$scratch/pid"
        return 0
    done
    refuse "no folder for temporary files can be made on $(uname -n), neither in SLURM_TMPDIR nor TMPDIR nor /tmp"
}

# is_own DIR: whether DIR is a folder that this user made for itself: others can put links into such places.
is_own() { [ ! -L "$1" ] && [ -d "$1" ] && [ "$(stat -c '%u %a' -- "$1" 2>/dev/null)" = "$(id -u) 700" ]; }

# What a task left that was killed before it could clean up: its process is gone, and Slurm says that its job is.
drop_remains() {
    for old in "$1"-*; do
        { is_own "$old" && [ -s "$old/pid" ]; } || continue
        # Another task may be removing its own this very moment.
        owner=$(cat "$old/pid" 2>/dev/null)
        { [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; } || continue
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

# Removes a folder of our own, whatever modes a program has given to what is in it; no link is followed.
remove() {
    rm -rf -- "$1" 2>/dev/null || {
        [ -L "$1" ] || find "$1" -type d ! -perm -700 -exec chmod u+rwx {} \;
        rm -rf -- "$1"
    } 2>/dev/null
}
