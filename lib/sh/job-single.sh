
# shellcheck shell=sh disable=SC2154,SC2034 # named elsewhere in the script
# ---- A run of one job: what is its own lies in the run directory, and its journal is the state file. ----
own=
notes=. mark=
point=points/00000
fence=$run_dir/$point/restart

# What the job says is kept when the disk is full, too: some room is set aside for it.
say() {
    ! overtaken || return 0
    set -- "$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ) $*"
    { printf '%s\n' "$1" >>"$point/state"; } 2>/dev/null && return 0
    rm -f -- "$point/room"
    # A line of which only a part was written stays one by itself.
    printf '\n%s\n' "$1" >>"$point/state"
}

# One job owns a run directory; the same job may come back to it when Slurm puts it into the queue again.
claim() {
    if ! (set -C && printf '%s\n' "$SLURM_JOB_ID" >"$point/claim") 2>/dev/null &&
        [ "$(cat "$point/claim")" != "$SLURM_JOB_ID" ]; then
        printf 'docksing-shell: %s belongs to job %s, so job %s ends\n' "$run_dir" "$(cat "$point/claim")" "$SLURM_JOB_ID" >&2
        exit 125
    fi
    # Should a second job have been noted, it is this one that runs.
    [ "$(cat job.id 2>/dev/null)" = "$SLURM_JOB_ID" ] ||
        { printf '%s\n' "$SLURM_JOB_ID" >job.id.own && mv -f job.id.own job.id; }
}

# The code with which the container has ended; nothing when it has not.
ended_with() { sed -n 's/^[^ ]* EXITED \([0-9]\{1,3\}\).*/\1/p' "$point/state" 2>/dev/null | tail -n 1; }

fresh_folder() { rm -rf -- "$1" && mkdir -- "$1"; }
make_link() { ln -sf -- "$1" "$2"; }
ready() {
    make_link "$point/stdout.txt" stdout.txt
    head -c 4096 job.sh >"$point/room" 2>/dev/null || :
}
variables() {
    [ -r "./$point/env" ] || refuse "the variables in $run_dir/$point/env cannot be read on $(uname -n)"
    # shellcheck disable=SC1090
    . "./$point/env"
}
last_words() {
    { head -c 4096 job.sh >"$point/probe"; } 2>/dev/null ||
        say NOTE "no room is left for $run_dir on its disk: what was printed last may be missing in the log"
    rm -f -- "$point/probe" "$point/room"
}
tell_memory() { :; }
tell_metrics() { :; }
pack_logs() { :; }
