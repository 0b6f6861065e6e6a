# shellcheck shell=bash
# The private Docker engine and its images. No registry is asked: the images are made here.

engine_bridge() { printf '%s-docker0' "$LAB_PREFIX"; }
# The engine's containers get the addresses after the hosts'.
engine_net() { printf '%s.%s' "${LAB_NET%.*}" "$((${LAB_NET##*.} + 1))"; }

# engine ARGUMENTS...: the docker command, whichever comes first in PATH, on the lab's engine and no other.
engine() {
    env -u DOCKER_CONTEXT -u DOCKER_TLS_VERIFY -u DOCKER_TLS DOCKER_HOST="unix://$LAB_SOCKET" \
        docker "$@" 9>&-
}

engine_answers() { alive engine && engine version --format '{{.Server.Version}}' > /dev/null 2>&1; }
engine_answers_or_dead() { dead engine || engine_answers; }

engine_up() {
    local driver
    mkdir -p "$LAB_STATE/docker"
    bridge_up "$(engine_bridge)" "$(engine_net).1"
    if ! engine_answers; then
        for driver in $(engine_drivers); do
            kill_recorded engine
            launch engine "-m -p --propagation=slave" bash "$LAB_STATE/inside/engine" "$LAB_STATE" "$driver" "$LAB_PREFIX" \
                "${LAB_OWNER#*:}"
            wait_for 30 engine_answers_or_dead || true
            if engine_answers; then
                printf '%s\n' "$driver" > "$LAB_STATE/docker/driver"
                break
            fi
            say "the Docker engine did not come up with the storage driver $driver"
        done
        engine_answers || die "the private Docker engine does not come up: $(tail -n 1 "$LAB_LOG/engine.log")" \
            "The whole story: $LAB_LOG/engine.log"
    fi
    engine_images
}

# The driver that worked before has the images; else the quick one, then the one that works everywhere.
engine_drivers() { cat "$LAB_STATE/docker/driver" 2> /dev/null || echo overlay2 vfs; }

# engine_down: at once, with its containers; their data go next.
engine_down() {
    kill_recorded engine
    bridges_down
    bridge_down "$(engine_bridge)"
    wait_for 5 cgroups_gone || say "cgroups of the engine stay behind: $(our_cgroups | head -n 1)"
}

# cgroups outlive their processes, and can be removed a moment after those.
our_cgroups() { find /sys/fs/cgroup -depth -type d -path "*/$LAB_PREFIX-docker*" 2> /dev/null; }
cgroups_gone() {
    our_cgroups | xargs -r rmdir 2> /dev/null || true
    [[ -z $(our_cgroups) ]]
}

# Networks that users made (docker network create) are bridges br-ID, which the engine's own store names.
bridges_down() {
    local link store=$LAB_STATE/docker/data/network/files/local-kv.db
    [[ -e $store ]] || return 0
    for link in /sys/class/net/br-*; do
        [[ -e $link ]] || continue
        link=${link##*/}
        ! grep -qaF "${link#br-}" "$store" || ip link del "$link"
    done
}

has_image() { engine image inspect "$1" > /dev/null 2>&1; }

# engine_images: the two small ones, where the tags aren't taken.
engine_images() {
    local made
    has_image busybox:test || small_image busybox:test 'LABEL docksing.lab=busybox'
    if ! has_image alpine:latest; then
        small_image alpine:latest "LABEL docksing.lab.stand-in='not Alpine Linux: a stand-in made of busybox, for there is no registry here'"
    fi
    made=$(engine image inspect --format '{{index .Config.Labels "docksing.lab.stand-in"}}' alpine:latest)
    [[ -z $made || $made == '<no value>' ]] ||
        say "alpine:latest is a stand-in made of busybox (for the real one: docker pull alpine:latest)"
}

# small_image TAG CHANGE: busybox under all its names, users, and a /tmp.
small_image() {
    local root=$LAB_STATE/docker/rootfs
    [[ -x $root/bin/busybox ]] || busybox_root "$root"
    tar -C "$root" --numeric-owner --owner=0 --group=0 -c . |
        engine import --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
            --change 'CMD ["/bin/sh"]' --change "$2" - "$1" > /dev/null ||
        die "the engine took no image $1." "See $LAB_LOG/engine.log"
}

busybox_root() {
    local root=$1.new name
    rm -rf "$root" "$1"
    mkdir -p "$root/"{bin,dev,etc,home,proc,root,sbin,sys,tmp,usr/bin,usr/sbin,var/tmp}
    unsquashfs -cat "$LAB_STATE/base.sqfs" usr/bin/busybox > "$root/bin/busybox"
    chmod 755 "$root/bin/busybox"
    "$root/bin/busybox" --list-full | while read -r name; do
        [[ -e $root/$name ]] || ln -s /bin/busybox "$root/$name"
    done
    printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' > "$root/etc/passwd"
    printf 'root:x:0:\nnobody:x:65534:\n' > "$root/etc/group"
    printf 'NAME="busybox"\nID=busybox\n' > "$root/etc/os-release"
    chmod 1777 "$root/tmp" "$root/var/tmp"
    mv "$root" "$1"
}
