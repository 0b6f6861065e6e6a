# shellcheck shell=bash
# The hosts: a bridge, and for each host a first process in namespaces of its own at the end of a cable.
# Everything a host has (mounts, network, processes) goes when its first process does.

address_of() {
    case $1 in
        login) echo "$LAB_NET.2" ;;
        n1) echo "$LAB_NET.3" ;;
        n2) echo "$LAB_NET.4" ;;
    esac
}

# inside HOST COMMAND...: as root, within.
inside() {
    local host=$1 pid
    shift
    pid=$(pid_of "$host") || return 1
    nsenter -t "$pid" -m -p -u -i -n -C -r -w -- /usr/bin/env -i \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@" 9>&-
}

# A bridge carries its lab's name, so that no other's is taken for it.
bridge_mark() { printf 'docksing-lab %s' "$LAB_STATE"; }

# is_ours BRIDGE
is_ours() { [[ $(cat "/sys/class/net/$1/ifalias" 2> /dev/null) == "$(bridge_mark)" ]]; }

# bridge_up BRIDGE ADDRESS
bridge_up() {
    if [[ ! -e /sys/class/net/$1 ]]; then
        local used
        used=$(ip -4 -o addr show | awk -v net=" ${2%.*}." 'index($0, net) { print $4, "of", $2 }' | head -n 1)
        used=${used:-$(ip -4 route show root "${2%.*}.0/24" | head -n 1)}
        [[ -z $used ]] || die "the addresses ${2%.*}.0/24 are used on this machine already: $used." \
                "Choose others, say: DOCKSING_LAB_NET=10.97.0 (that and the next number's are used)"
        ip link add "$1" type bridge || die "this kernel makes no bridge." "Load it: modprobe bridge"
        ip link set "$1" alias "$(bridge_mark)"
    fi
    is_ours "$1" || die "there is a network device $1 that this lab did not make (another lab's?)." \
        "Choose another prefix, say: DOCKSING_LAB_PREFIX=dsl2 DOCKSING_LAB_NET=10.97.0"
    ip addr replace "$2/24" dev "$1"
    ip link set "$1" up
}

bridge_down() {
    [[ -e /sys/class/net/$1 ]] && is_ours "$1" || return 0
    ip link del "$1"
}

# cable_plugged HOST
cable_plugged() {
    local cable=/sys/class/net/$LAB_PREFIX-$1
    [[ $(cat "$cable/operstate" 2> /dev/null) == up && -e $cable/brport ]]
}

# plug HOST: lays the cable where it is missing, and mends it.
plug() {
    local cable=$LAB_PREFIX-$1 pid
    pid=$(pid_of "$1")
    if [[ ! -e /sys/class/net/$cable ]]; then
        ip link add "$cable" type veth peer name eth0 netns "/proc/$pid/ns/net" 2> /dev/null ||
            ip link add "$cable" type veth peer name eth0 netns "$pid"
    fi
    ip link set "$cable" master "$LAB_BRIDGE" up
    # shellcheck disable=SC2016 # expanded inside
    inside "$1" sh -ec '
        ip link set lo up
        ip addr replace "$1/24" dev eth0
        ip link set eth0 up
        ip route replace default via "$2"' sh "$(address_of "$1")" "$LAB_NET.1"
}

link_up() { plug "$1"; }
link_down() { ip link set "$LAB_PREFIX-$1" down; }

host_ready() {
    local pid
    pid=$(pid_of "$1") && [[ -e /proc/$pid/root/run/lab-ready ]]
}

# host_start HOST: returns when it can be entered; its daemons are not started yet.
host_start() {
    if ! host_ready "$1"; then
        host_stop "$1"
        launch "$1" "-m -p -u -i -n" bash "$LAB_STATE/inside/enter" "$1" "$LAB_STATE" "$LAB_BASE" \
            "$(! memory_limits || cgroup_of "$1")"
        wait_for 20 host_ready_or_dead "$1" || true
        host_ready "$1" ||
            die "host $1 did not start: $(tail -n 1 "$LAB_LOG/$1.log")" "The whole story: $LAB_LOG/$1.log"
    fi
    cable_plugged "$1" || plug "$1"
}

host_ready_or_dead() { host_ready "$1" || dead "$1"; }

# host_stop HOST: as if its power were cut.
host_stop() {
    kill_recorded "$1"
    cgroup_down "$1"
    # The cable goes with the host, a moment later.
    wait_for 5 no_cable "$1" || ip link del "$LAB_PREFIX-$1"
}

# memory_limits: whether Slurm can hold jobs to their memory here: the kernel's memory controller of the first version, since
# that of the second is systemd's where it is mounted.
memory_limits() {
    [[ $(stat -f -c %T /sys/fs/cgroup/memory 2> /dev/null) == cgroupfs && -w /sys/fs/cgroup/memory/cgroup.procs ]]
}

# cgroup_of HOST: where a node's jobs are, seen from this machine; each lab's have their own.
cgroup_of() { printf '/sys/fs/cgroup/memory/docksing-lab%s-%s' "${LAB_STATE//\//-}" "$1"; }

# cgroup_down HOST: removes it; what was killed may take a moment to leave.
cgroup_down() {
    [[ ! -d $(cgroup_of "$1") ]] || wait_for 5 no_cgroup "$1" ||
        say "$(cgroup_of "$1") has processes that do not end, and stays"
}
no_cgroup() {
    find "$(cgroup_of "$1")" -depth -type d -exec rmdir {} + 2> /dev/null
    [[ ! -d $(cgroup_of "$1") ]]
}

no_cable() { [[ ! -e /sys/class/net/$LAB_PREFIX-$1 ]]; }

# daemon_start HOST [DAEMON], daemon_stop HOST DAEMON: munged, slurmctld, slurmd or sshd.
daemon_start() {
    local host=$1
    shift
    inside "$host" /usr/sbin/lab-host start "$@" >> "$LAB_LOG/$host.log" 2>&1 ||
        die "a daemon did not start on $host: $(tail -n 1 "$LAB_LOG/$host.log")" \
            "Look around: $LAB_HOME/on $host ls -l /var/log"
}
daemon_stop() { inside "$1" /usr/sbin/lab-host stop "$2"; }

# hosts_up: all of them, then Slurm's controller before its nodes, which look for it as they start.
hosts_up() {
    local host
    for host in "${LAB_HOSTS[@]}"; do host_start "$host"; done
    for host in "${LAB_HOSTS[@]}"; do daemon_start "$host"; done
    wait_for 10 nodes_idle || inside login scontrol update nodename=n1,n2 state=resume 2> /dev/null || true
    wait_for 30 nodes_idle ||
        die "the nodes don't come up; sinfo says: $(inside login sinfo -h -N -o '%N %T' 2>&1 | tr '\n' ' ')" \
            "See slurmctld's log: $LAB_HOME/on login cat /var/log/slurmctld.log"
}

# nodes_idle: both nodes take jobs (they may be at work).
nodes_idle() {
    local states
    states=$(inside login sinfo -h -N -p debug -o %T 2> /dev/null) || return 1
    [[ $(grep -cxE 'idle|mixed|allocated|completing' <<< "$states") -eq 2 ]]
}

# seed: what each host gets laid over its system when it starts.
seed() {
    local seed=$LAB_STATE/seed user uid=2000
    rm -rf "$LAB_STATE/seed.new"
    mkdir -p "$LAB_STATE/seed.new/etc/"{munge,slurm,ssh,lab/home} "$LAB_STATE/seed.new/usr/sbin"
    seed=$LAB_STATE/seed.new
    cp "$LAB_HOME/inside/lab-host" "$seed/usr/sbin/"
    cp -r "$LAB_HOME/inside/home/." "$seed/etc/lab/home/"
    cp "$LAB_STATE/keys/munge.key" "$seed/etc/munge/"
    cp "$LAB_STATE/keys/"ssh_host_*_key* "$seed/etc/ssh/"
    cp "$LAB_STATE/keys/id_ed25519.pub" "$seed/etc/lab/authorized_keys"
    install -m 600 "$LAB_STATE/keys/password" "$seed/etc/lab/password"
    for user in "${LAB_USERS[@]}"; do
        printf '%s %s %s\n' "$user" "$uid" "$([[ $user == carol ]] && echo /bin/tcsh || echo /bin/bash)"
        uid=$((uid + 1))
    done > "$seed/etc/lab/users"
    printf '127.0.0.1 localhost\n%s login\n%s n1\n%s n2\n' \
        "$(address_of login)" "$(address_of n1)" "$(address_of n2)" > "$seed/etc/hosts"
    : > "$seed/etc/resolv.conf"
    ln -s /usr/share/zoneinfo/Etc/UTC "$seed/etc/localtime"
    cp "$LAB_HOME/inside/sshd_config" "$seed/etc/ssh/"
    local task=task/none select=CR_Core
    printf 'CgroupPlugin=disabled\n' > "$seed/etc/slurm/cgroup.conf"
    if memory_limits; then
        task=task/cgroup select=CR_Core_Memory
        printf '%s\n' CgroupPlugin=cgroup/v1 ConstrainRAMSpace=yes ConstrainSwapSpace=yes AllowedSwapSpace=0 \
            > "$seed/etc/slurm/cgroup.conf"
    fi
    sed "s,@NET@,$LAB_NET,g; s,@TASK@,$task,; s,@SELECT@,$select," "$LAB_HOME/inside/slurm.conf" > "$seed/etc/slurm/slurm.conf"
    rm -rf "$LAB_STATE/seed"
    mv "$seed" "$LAB_STATE/seed"
    # The running copy, so that a change of the repository doesn't change a script under its reader.
    mkdir -p "$LAB_STATE/inside"
    cp "$LAB_HOME/inside/enter" "$LAB_HOME/inside/engine" "$LAB_STATE/inside/"
}
