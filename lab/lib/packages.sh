# shellcheck shell=bash
# Debian packages: which are missing, and installing them without starting what comes with them. The lab's and
# tools/setup's; nothing here depends on the rest of the lab.

# listed FILE: its packages, without the comments.
listed() { sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$1"; }

# missing_packages FILE: those of its packages that this machine lacks. A Docker engine from elsewhere (Docker's
# own packages, say) is as good as Debian's, and the two don't go together.
missing_packages() {
    local package packages installed
    mapfile -t packages < <(listed "$1")
    # One question for all: dpkg's database takes a while to read. It complains of those it never heard of.
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2> /dev/null || true)
    for package in "${packages[@]}"; do
        if [[ $package == docker.io ]] && command -v dockerd && command -v docker; then continue; fi > /dev/null
        grep -qxF "$package installed" <<< "$installed" || printf '%s\n' "$package"
    done
}

# apt_install LOG PACKAGE...: as root. Keeps the packages from starting services (a Docker, an sshd): dpkg asks
# policy-rc.d, and 101 means no.
apt_install() {
    local log=$1 policy=/usr/sbin/policy-rc.d made='' code=0
    shift
    # Someone else's stays; one of ours that a killed run left behind is taken over.
    if [[ ! -e $policy ]] || grep -q "docksing's" "$policy"; then
        printf "#!/bin/sh\n# Put here by docksing's scripts while they install packages.\nexit 101\n" > "$policy"
        chmod 755 "$policy"
        made=$policy
        # shellcheck disable=SC2064 # as it is now
        trap "rm -f '$policy'" EXIT
    fi
    # The package lists of a fresh or an old machine know too little: only then are they fetched.
    apt_get "$log" install --no-install-recommends "$@" ||
        { apt_get "$log" update && apt_get "$log" install --no-install-recommends "$@"; } || code=1
    [[ -z $made ]] || rm -f "$made"
    trap - EXIT
    return $code
}

apt_get() {
    local log=$1
    shift
    DEBIAN_FRONTEND=noninteractive apt-get -y "$@" >> "$log" 2>&1 < /dev/null 9>&-
}
