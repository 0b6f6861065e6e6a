
# shellcheck shell=sh disable=SC2154,SC2034 # named elsewhere in the script
# ---- The step: one container for each task. ----

if [ "${1-}" = task ]; then
    find_runtime
    # The values of the container's variables: a file that only the user can read, never an argument.
    put() { export "$prefix$1=$2"; }
    # shellcheck disable=SC1090
    . "./$point/env"
    : >"$point/started"
    # Where a signal to the container goes: what `container` becomes keeps our number.
    [ -z "$notice" ] || printf '%s\n' $$ >"$point/pids/$(uname -n).${SLURM_PROCID:-0}"
    container
    refuse "$runtime could not be started on $(uname -n)"
fi

# Sends the containers of this host a signal: through their runtime alone, since the programs that mount their files would
# die of it.
notify() { for pid in "$point/pids/$(uname -n)".*; do [ ! -f "$pid" ] || kill -"$1" "$(cat "$pid")" 2>/dev/null; done; }

if [ "${1-}" = notify ]; then
    notify "$2"
    exit 0
fi

