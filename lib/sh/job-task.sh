
# shellcheck shell=sh disable=SC2154,SC2034 # named elsewhere in the script
# ---- The step: one container for each task. ----

# The value of one of the container's variables: never an argument, which all on the node could read.
# A name that no shell can set goes to `env` in the container, as an argument for a moment.
put() {
    case $1 in
    [0-9]* | *[!A-Za-z0-9_]*)
        odd_count=$((odd_count + 1))
        eval "odd_$odd_count=\$1=\$2"
        odd_words="$odd_words \"\$odd_$odd_count\""
        odd_names="$odd_names $1"
        ;;
    *) export "$prefix$1=$2" ;;
    esac
}
odd_count=0 odd_words='' odd_names='' env_program=''

# odd_environment: the program and the words in front of the container's own, as shell text in `odd_words`.
odd_environment() {
    [ -n "$odd_words" ] || return 0
    if [ -n "$env_program" ]; then
        odd_words="\"\$env_program\" --$odd_words"
    else
        odd_words=''
        say NOTE "the container has no program 'env', so the variables$(printf '%s' "$odd_names" | tr '\n' ' ') are not set in it"
    fi
}

# What a site or the login's start-up files have set for containers: under Docker there would be none of it.
forget_site() {
    for name in $(env | sed -n -e 's/^\(APPTAINERENV_[A-Za-z0-9_]*\)=.*/\1/p' -e 's/^\(SINGULARITYENV_[A-Za-z0-9_]*\)=.*/\1/p'); do
        unset "$name"
    done
    for name in BIND BINDPATH MOUNT OVERLAY CONTAINLIBS HOME PWD CWD WORKDIR SCRATCH HOSTNAME DNS ENV_FILE; do
        unset "APPTAINER_$name" "SINGULARITY_$name"
    done
}

# What a program of several tasks finds the others by, and its GPUs.
pass_on() {
    for name in $(env | sed -n \
        -e 's/^\(SLURM_[A-Za-z0-9_]*\)=.*/\1/p' -e 's/^\(PMI[A-Za-z0-9_]*\)=.*/\1/p' -e 's/^\(CUDA_[A-Za-z0-9_]*\)=.*/\1/p' \
        -e 's/^\(ROCR_[A-Za-z0-9_]*\)=.*/\1/p' -e 's/^\(HIP_[A-Za-z0-9_]*\)=.*/\1/p' -e 's/^\(ZE_[A-Za-z0-9_]*\)=.*/\1/p'); do
        # A line of some value may look like a variable.
        eval "[ -z \"\${$name+set}\" ] || put \"\$name\" \"\$$name\""
    done
}

# Notes where a signal to the container goes: the process that calls this becomes the runtime.
# shellcheck disable=SC2016 # that shell's parent
note_process() { [ -z "$notice" ] || sh -c 'echo "$PPID"' >"$point/pids/$(uname -n).${SLURM_PROCID:-0}"; }

# cluster_bind NUMBER PATH: data that is on the cluster already, under a name that is the same in every run.
cluster_bind() {
    [ -e "$2" ] || refuse "the bind source $2 is not there on $(uname -n)"
    mkdir -p "${own}cluster.binds"
    [ -L "${own}cluster.binds/$1" ] || ln -s -- "$2" "${own}cluster.binds/$1" 2>/dev/null || [ -L "${own}cluster.binds/$1" ] ||
        refuse "nothing can be written to $run_dir"
}

if [ "${1-}" = task ]; then
    find_runtime
    [ "$isolation" != docker ] || forget_site
    pass_on
    if [ "$isolation" = docker ]; then
        put HOSTNAME "$(uname -n)"
        here=$(tasks_here)
        # Each container is in a user namespace of its own, and may neither open another's memory by way of /proc nor read it
        # directly. UCX before 1.16 does not look at that, and ends the program. The image's and the config's words come later.
        if [ "$here" -gt 1 ]; then
            put UCX_POSIX_USE_PROC_LINK n
            put UCX_TLS '^cma'
        fi
        # These the runtime would hand on.
        unset TERM http_proxy https_proxy ftp_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY FTP_PROXY ALL_PROXY NO_PROXY
    fi
    variables
    unset docksing_start
    cluster_binds
    command : >"$point/started" || refuse "nothing can be written to $run_dir on $(uname -n)"
    [ "$isolation" != docker ] || as_docker
    etc=./$point/etc.$(uname -n)
    own_files
    if [ -n "$home" ]; then set -- --no-home --home "$home"; else set --; fi
    env_program='env'
    odd_environment
    umask "$mask"
    container "$@"
    refuse "$runtime could not be started on $(uname -n)"
fi

# Sends the containers of this host a signal: through their runtime alone, since the programs that mount their files would
# die of it.
notify() { for pid in "$point/pids/$(uname -n)".*; do [ ! -f "$pid" ] || kill -"$1" "$(cat "$pid")" 2>/dev/null; done; }

if [ "${1-}" = notify ]; then
    notify "$2"
    exit 0
fi

