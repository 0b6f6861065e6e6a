# shellcheck shell=bash
# The cluster's own Debian: fetched once with debootstrap, kept as one squashfs file in the cache.
# The file is keyed by Debian release and package list, and is used for as long as it lies there: the
# newest release drifts, and a drift must not break a lab that worked.

# Debian 12 has no Apptainer, so the hosts take it from the newest; then whichever else may have it.
LAB_SUITES=(sid testing trixie)
[[ -z ${DOCKSING_LAB_SUITE:-} ]] || LAB_SUITES=("$DOCKSING_LAB_SUITE")

# cached_tree: the cached file, of the first release that has one.
cached_tree() {
    local suite file
    for suite in "${LAB_SUITES[@]}"; do
        file=$(tree_file "$suite")
        if [[ -s $file ]]; then printf '%s\n' "$file" && return; fi
    done
    return 1
}

package_key() {
    for list in cluster-packages mpich-packages; do listed "$LAB_HOME/$list" | sort; done | sha256sum | cut -c1-12
}
tree_file() { printf '%s/%s-%s-%s.sqfs\n' "$LAB_CACHE" "$1" "$(dpkg --print-architecture)" "$(package_key)"; }

# The mirror this machine itself uses for its Debian release, as apt reads its own sources.
debian_mirror() {
    local codename mirror
    codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
    mirror=$(apt-get indextargets --format "\$(RELEASE) \$(CODENAME) \$(COMPONENT) \$(REPO_URI)" \
        'Created-By: Packages' 2> /dev/null |
        awk -v c="$codename" '($1 == c || $2 == c) && $3 == "main" { print $4; exit }')
    case $mirror in
        http://* | https://* | file:/*) printf '%s\n' "$mirror" ;;
        *) die "apt's sources name no mirror of Debian ${codename:-?} that debootstrap can read (found: ${mirror:-none})." \
            "Add a 'deb' line with an http address to /etc/apt/sources.list, or copy a cached tree to $LAB_CACHE." ;;
    esac
}

# apt may know of a proxy that the environment doesn't name.
use_apt_proxy() {
    local scheme value
    for scheme in http https; do
        [[ -z $(printenv "${scheme}_proxy") ]] || continue
        value=$(apt-config dump --format '%v' "Acquire::$scheme::Proxy" 2> /dev/null) || continue
        [[ -z $value || $value == DIRECT ]] || export "${scheme}_proxy=$value"
    done
}

# build_tree: debootstraps and packs. The first release that works is taken; a network's hiccup gets a
# second try.
build_tree() {
    local mirror packages suite work log try
    mirror=$(debian_mirror)
    use_apt_proxy
    packages=$(listed "$LAB_HOME/cluster-packages" | paste -sd,)
    mkdir -p "$LAB_CACHE"
    find "$LAB_CACHE" -maxdepth 1 -name 'building.*' -exec rm -rf --one-file-system {} +
    work=$(mktemp -d "$LAB_CACHE/building.XXXXXX")
    log=$LAB_LOG/debootstrap.log
    for suite in "${LAB_SUITES[@]}"; do
        for try in 1 2; do
            say "fetching Debian $suite for the hosts (once; a minute or two; log: $log)"
            rm -rf --one-file-system "$work/root"
            # In namespaces of its own, so that it and its mounts go when this command does, however it ends.
            if setpriv --pdeathsig KILL unshare -m -p --mount-proc --fork --kill-child \
                debootstrap --variant=minbase --include="$packages" "$suite" \
                "$work/root" "$mirror" > "$log" 2>&1 < /dev/null 9>&- &&
                unpack_mpich "$suite" "$mirror" "$work" "$log"; then
                pack_tree "$work/root" "$work/tree" "$log"
                mv "$work/tree" "$(tree_file "$suite")"
                rm -rf --one-file-system "$work"
                return
            fi
            say "debootstrap of $suite failed ($(failure_of "$log"))"
            # A package that isn't there won't be there a second later.
            ! grep -q "Couldn't find these debs" "$log" || break
            ((try == 1)) || break
        done
    done
    rm -rf --one-file-system "$work"
    die "no Debian release (tried: ${LAB_SUITES[*]}) could be fetched for the hosts." \
        "See $log; try again later, or name another release in DOCKSING_LAB_SUITE."
}

# unpack_mpich SUITE MIRROR WORK LOG: the packages of an MPI library, by this machine's apt with lists of its own.
unpack_mpich() {
    local apt=$3/apt packages deb
    mkdir -p "$apt"/{etc/apt/{apt.conf.d,preferences.d,trusted.gpg.d},state/lists/partial,cache/archives/partial,debs} "$3/root/opt/mpich"
    printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$2" "$1" > "$apt/etc/apt/sources.list"
    : > "$apt/status"
    mapfile -t packages < <(listed "$LAB_HOME/mpich-packages")
    (
        cd "$apt/debs" || exit
        set -- -o "Dir::Etc=$apt/etc/apt" -o "Dir::State=$apt/state" -o "Dir::State::status=$apt/status" \
            -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=root
        apt-get "$@" update && apt-get "$@" download "${packages[@]}"
    ) >> "$4" 2>&1 < /dev/null 9>&- || return
    for deb in "$apt"/debs/*.deb; do dpkg-deb -x "$deb" "$3/root/opt/mpich" || return; done
    rm -rf "$3"/root/opt/mpich/{etc,var,usr/share,usr/libexec,usr/lib/*/gconv}
}

failure_of() {
    local line
    line=$(grep -E '^(E|W): ' "$1" | tail -n 1 || true)
    printf '%s' "${line:-$(tail -n 1 "$1")}"
}

pack_tree() {
    local root=$1
    rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* "$root"/etc/ssh/ssh_host_*
    rm -f "$root/etc/machine-id" "$root/etc/munge/munge.key"
    : > "$root/etc/machine-id"
    mksquashfs "$root" "$2" -comp zstd -Xcompression-level 3 -noappend -quiet -no-progress >> "$3" 2>&1 9>&- ||
        die "mksquashfs could not pack the hosts' system." "See $3; is the disk full?"
}

# place_tree: the state folder gets its own name for the file, so that the cache may go meanwhile.
place_tree() {
    local file
    if [[ ! -s $LAB_STATE/base.sqfs ]]; then
        cached_tree > /dev/null || build_tree
        file=$(cached_tree)
        say "the hosts' system is $file"
        package_key > "$LAB_STATE/base.key"
        ln -f "$file" "$LAB_STATE/base.sqfs" 2> /dev/null ||
            { cp "$file" "$LAB_STATE/base.new" && mv "$LAB_STATE/base.new" "$LAB_STATE/base.sqfs"; }
    elif [[ $(cat "$LAB_STATE/base.key" 2> /dev/null) != "$(package_key)" ]]; then
        say "the list of packages has changed since the hosts' system was made; to have the new one: lab/down, lab/up"
    fi
    [[ $LAB_BASE == squashfs ]] || unpack_tree
}

# Without squashfs or loop devices in the kernel the file is unpacked instead.
unpack_tree() {
    [[ ! -d $LAB_STATE/tree ]] || return 0
    say "this kernel mounts no squashfs file; unpacking it"
    rm -rf --one-file-system "$LAB_STATE/tree.new"
    unsquashfs -quiet -no-progress -d "$LAB_STATE/tree.new" "$LAB_STATE/base.sqfs" > /dev/null
    mv "$LAB_STATE/tree.new" "$LAB_STATE/tree"
}

# choose_base: whether this kernel mounts the file itself, tried in a namespace that is gone afterwards.
choose_base() {
    # shellcheck disable=SC2016 # expanded by the inner shell
    if unshare -m sh -c 'mount -t squashfs -o loop,ro "$0" "$1"' \
        "$LAB_STATE/base.sqfs" "$LAB_STATE/probe" >> "$LAB_LOG/probe.log" 2>&1; then
        LAB_BASE=squashfs
    else
        LAB_BASE=tree
    fi
}
