
# shellcheck shell=sh disable=SC2154,SC2034 # named elsewhere in the script
# ---- The step: one container for each task. ----

if [ "${1-}" = task ]; then
    find_runtime
    # The values of the container's variables: a file that only the user can read, never an argument.
    put() { export "$prefix$1=$2"; }
    # shellcheck disable=SC1090
    . "./$point/env"
    : >"$point/started"
    container
    refuse "$runtime could not be started on $(uname -n)"
fi
