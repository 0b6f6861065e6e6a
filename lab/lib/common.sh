# shellcheck shell=bash
# What every command of the lab shares: where things are, how it speaks, its lock, and processes by pid.
# The sourcing script sets LAB_HOME, the folder of the commands.
# shellcheck disable=SC2034 # used by the other parts

set -euo pipefail
export LC_ALL=C
umask 022
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

LAB_STATE=${DOCKSING_LAB:-/var/lib/docksing-lab}
LAB_CACHE=${DOCKSING_LAB_CACHE:-/var/cache/docksing-lab}
# The interfaces' prefix and the network's first three numbers; once raised, the lab keeps those it has.
LAB_PREFIX=${DOCKSING_LAB_PREFIX:-dsl}
LAB_NET=${DOCKSING_LAB_NET:-10.98.0}
# Who may use the engine and the keys: the one who called sudo.
LAB_OWNER=${SUDO_UID:-0}:${SUDO_GID:-0}
LAB_HOSTS=(login n1 n2)
LAB_USERS=(alice carol bob mallory)
# squashfs: the hosts' system is mounted from its file; tree: unpacked, where the kernel has no squashfs.
LAB_BASE=squashfs

if [[ -r $LAB_STATE/settings ]]; then
    # shellcheck source=/dev/null
    . "$LAB_STATE/settings"
fi
LAB_BRIDGE=$LAB_PREFIX-br0
LAB_RUN=$LAB_STATE/run
LAB_LOG=$LAB_STATE/log
LAB_SOCKET=$LAB_STATE/docker/docker.sock

say() { printf 'lab: %s\n' "$*"; }

# die MESSAGE [NEXT STEP]
die() {
    printf 'lab: %s\n' "$1" >&2
    [[ -z ${2:-} ]] || printf '     %s\n' "$2" >&2
    exit 1
}

need_root() {
    [[ $EUID -eq 0 ]] || die "lab/${0##*/} makes namespaces and mounts, which only root may." \
        "Run it as: sudo $0"
}

need_lab() {
    [[ -r $LAB_STATE/settings ]] || die "there is no lab in $LAB_STATE." \
        "Raise it with: sudo $LAB_HOME/up"
}

is_host() {
    local host
    for host in "${LAB_HOSTS[@]}"; do [[ $host != "$1" ]] || return 0; done
    return 1
}

need_host() { is_host "$1" || die "there is no host '$1' in the lab." "Its hosts are: ${LAB_HOSTS[*]}"; }

# check_settings: what the environment asks for must fit where it goes.
check_settings() {
    local byte='(25[0-4]|2[0-4][0-9]|1?[0-9]?[0-9])'
    [[ $LAB_NET =~ ^$byte\.$byte\.$byte$ ]] ||
        die "DOCKSING_LAB_NET is '$LAB_NET', which is not the first three numbers of a network." "Say, 10.97.0"
    # The kernel takes 15 characters for a device, and the longest is PREFIX-docker0.
    [[ $LAB_PREFIX =~ ^[a-z][a-z0-9]{0,6}$ ]] ||
        die "DOCKSING_LAB_PREFIX is '$LAB_PREFIX', which is not 1 to 7 small letters and digits." "Say, dsl2"
    [[ $LAB_STATE =~ ^/[A-Za-z0-9_./+-]+$ && ${#LAB_STATE} -le 80 ]] ||
        die "DOCKSING_LAB is '$LAB_STATE', which has to be an absolute path of at most 80 plain characters." \
            "(Mount options and a socket's name are made of it.)"
}

save_settings() {
    local file=$LAB_STATE/settings
    {
        printf 'LAB_PREFIX=%q\nLAB_NET=%q\n' "$LAB_PREFIX" "$LAB_NET"
        printf 'LAB_OWNER=%q\nLAB_BASE=%q\n' "$LAB_OWNER" "$LAB_BASE"
    } > "$file.new"
    mv "$file.new" "$file"
}

# The lock lies outside the state folder, which `down` removes. A holder may have removed the file that
# was waited for; then the lock is on nothing, and is taken anew. Children must not inherit it: 9>&-.
take_lock() {
    local file
    file=/run/lock/docksing-lab-$(printf '%s' "$LAB_STATE" | cksum | cut -d' ' -f1)
    LAB_LOCK=$file
    mkdir -p /run/lock
    while :; do
        exec 9> "$file"
        if ! flock -n 9; then
            say "another lab command is at work; waiting for it"
            flock 9
        fi
        if [[ $(stat -Lc %i /proc/self/fd/9) == "$(stat -c %i "$file" 2>&1 || true)" ]]; then return; fi
    done
}

drop_lock_file() { rm -f "$LAB_LOCK"; }

# wait_for SECONDS COMMAND...: true as soon as the command is.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < end)) || return 1
        sleep 0.05
    done
}

# Processes are known by a record 'PID STARTTIME', so that a number given again to another is no match.

# started_at PID: when it started, in ticks since boot; field 22 of stat, counted after the name's ')'.
started_at() {
    local stat fields
    stat=$(cat "/proc/$1/stat" 2> /dev/null) || return 1
    read -ra fields <<< "${stat##*) }"
    [[ ${fields[0]} != Z ]] || return 1
    printf '%s\n' "${fields[19]}"
}

# pid_of NAME: the living process of that record.
pid_of() {
    local pid start
    read -r pid start 2> /dev/null < "$LAB_RUN/$1.pid" || return 1
    [[ $(started_at "$pid") == "$start" ]] || return 1
    printf '%s\n' "$pid"
}

alive() { pid_of "$1" > /dev/null; }
dead() { ! alive "$1"; }

# launch NAME UNSHARE-OPTIONS PROGRAM ARGUMENTS...: in namespaces of its own, apart from this terminal
# and this command's output. The program records its pid itself, as seen from here.
launch() {
    local name=$1 options
    read -ra options <<< "$2"
    shift 2
    rm -f "$LAB_RUN/$name.pid"
    DOCKSING_LAB_PROCESS=$(mark_of "$name") setsid unshare "${options[@]}" --fork --kill-child -- "$@" \
        < /dev/null >> "$LAB_LOG/$name.log" 2>&1 9>&- &
    disown
    wait_for 10 alive "$name" || die "$name did not start: $(tail -n 1 "$LAB_LOG/$name.log")" \
        "The whole story: $LAB_LOG/$name.log"
}

# mark_of NAME: in the environment of what `launch` starts; by it processes are found whose record was lost.
mark_of() { printf '%s=%s' "$LAB_STATE" "$1"; }
strays() {
    grep -lzxF "DOCKSING_LAB_PROCESS=$(mark_of "$1")" /proc/[0-9]*/environ 2> /dev/null | cut -d/ -f3 || true
}
no_strays() { [[ -z $(strays "$1") ]]; }

# kill_recorded NAME: the first process of its namespace, and with it everything in there.
kill_recorded() {
    local pid
    if pid=$(pid_of "$1"); then
        kill -KILL "$pid" 2> /dev/null || true
        wait_for 10 dead "$1" || die "$1 (pid $pid) does not go away." "See: cat /proc/$pid/stack"
    fi
    for pid in $(strays "$1"); do kill -KILL "$pid" 2> /dev/null || true; done
    wait_for 10 no_strays "$1" || die "processes of $1 do not go away: $(strays "$1" | paste -sd' ')." "See: ps"
    rm -f "$LAB_RUN/$1.pid"
}
