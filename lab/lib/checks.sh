# shellcheck shell=bash
# What must be there before anything is raised: packages, disk, and the kernel's facilities.

# missing_packages: those of lab/packages that this machine lacks. A Docker engine from elsewhere (Docker's
# own packages, say) is as good as Debian's, and the two don't go together.
missing_packages() {
    local package
    while read -r package; do
        if [[ $package == docker.io ]] && command -v dockerd docker > /dev/null; then continue; fi
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null) == installed ]] ||
            printf '%s\n' "$package"
    done < <(listed "$LAB_HOME/packages")
}

# Installs exactly what is missing, and keeps the packages from starting services (a Docker, an sshd):
# dpkg asks policy-rc.d, and 101 means no.
install_packages() {
    local missing policy=/usr/sbin/policy-rc.d made=
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]})) || return 0
    say "installing ${missing[*]}"
    # Someone else's stays; one of ours that a killed run left behind is taken over.
    if [[ ! -e $policy ]] || grep -q "docksing's lab" "$policy"; then
        printf "#!/bin/sh\n# Put here by docksing's lab while it installs packages.\nexit 101\n" > "$policy"
        chmod 755 "$policy"
        made=$policy
        # shellcheck disable=SC2064 # as it is now
        trap "rm -f '$policy'" EXIT
    fi
    apt_install "${missing[@]}" || { apt_get update && apt_install "${missing[@]}"; } ||
        die "apt-get could not install ${missing[*]}." "See $LAB_LOG/apt.log"
    [[ -z $made ]] || rm -f "$made"
    trap - EXIT
}

apt_get() { DEBIAN_FRONTEND=noninteractive apt-get -y "$@" >> "$LAB_LOG/apt.log" 2>&1 < /dev/null 9>&-; }
apt_install() { apt_get install --no-install-recommends "$@"; }

check_system() {
    command -v apt-get dpkg-query > /dev/null ||
        die "this is no Debian: there is no apt-get." "The lab is made for Debian 12."
    need_disk "$LAB_STATE" 1000 "the engine's images and the users' homes"
    cached_tree > /dev/null || need_disk "$LAB_CACHE" 2500 "fetching the hosts' system"
}

# need_disk FOLDER MEGABYTES FOR-WHAT
need_disk() {
    local folder=$1 free
    while [[ ! -d $folder ]]; do folder=$(dirname "$folder"); done
    free=$(df --output=avail -BM "$folder" | tail -n 1 | tr -dc 0-9)
    ((free >= $2)) || die "$folder has $free MB free, and $3 needs $2 MB." \
        "Make room, or name other folders in DOCKSING_LAB and DOCKSING_LAB_CACHE."
}

check_kernel() {
    local limit
    kernel_has overlay
    kernel_has fuse
    [[ -c /dev/fuse ]] || die "there is no /dev/fuse, with which Apptainer mounts images." \
        "Load it: modprobe fuse (in a container: start it with --device /dev/fuse, or use a virtual machine)."
    for limit in /proc/sys/user/max_user_namespaces /proc/sys/kernel/unprivileged_userns_clone; do
        [[ ! -r $limit || $(< "$limit") != 0 ]] ||
            die "normal users may make no user namespaces here ($limit is 0), and Apptainer needs them." \
                "Allow it: sysctl -w $(basename "$(dirname "$limit")").$(basename "$limit")=15000"
    done
    unshare -m -p -u -i -n --fork true 2> /dev/null ||
        die "this machine lets root make no namespaces." "In a container? Use a real or virtual machine."
    mkdir -p "$LAB_STATE/probe/"{a,b,c,d}
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare -m sh -c 'cd "$0" && mount -t overlay -o lowerdir=a,upperdir=b,workdir=c overlay d' \
        "$LAB_STATE/probe" 2> /dev/null ||
        die "the file system of $LAB_STATE can't be the upper layer of an overlay." \
            "Name a folder on ext4, xfs or tmpfs in DOCKSING_LAB."
}

kernel_has() {
    grep -qw "$1" /proc/filesystems || modprobe "$1" 2> /dev/null || true
    grep -qw "$1" /proc/filesystems ||
        die "this kernel has no $1 file system, which the lab needs." "Load it: modprobe $1"
}
