# shellcheck shell=bash
# What must be there before anything is raised: packages, disk, and the kernel's facilities.

# Installs exactly what is missing of lab/packages.
install_packages() {
    local missing
    mapfile -t missing < <(missing_packages "$LAB_HOME/packages")
    ((${#missing[@]})) || return 0
    say "installing ${missing[*]}"
    apt_install "$LAB_LOG/apt.log" "${missing[@]}" ||
        die "apt-get could not install ${missing[*]}." "See $LAB_LOG/apt.log"
}

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
