
# shellcheck shell=sh disable=SC2154,SC2034 # named elsewhere in the script
# ---- What the config adds to the node's own: names of hosts, the resolver, limits. ----

# own_hosts LINES: the container's /etc/hosts is the node's, and these lines.
own_hosts() { { cat /etc/hosts && printf '%s\n' "$1"; } | own_file hosts || exit 125; }

# own_resolver LINES SERVERS: the container's /etc/resolv.conf is these lines, with the node's servers when it names none.
own_resolver() {
    {
        printf '%s\n' "$1"
        if [ -n "$2" ]; then printf '%s\n' "$2"; else grep '^nameserver' /etc/resolv.conf; fi
        : # grep may find none
    } | own_file resolv.conf || exit 125
}

# Other tasks of the node may write the same file at the same time.
own_file() {
    { mkdir -p -- "$etc" && cat >"$etc/$1.$$" && mv -f -- "$etc/$1.$$" "$etc/$1"; } ||
        refuse "the container's /etc/$1 cannot be written on $(uname -n)"
}

# limit LETTER VALUE: a soft limit, as far as the node lets.
# shellcheck disable=SC3045 # -S and -H are in dash, bash, ksh and busybox
limit() {
    ulimit -S "-$1" "$2" 2>/dev/null && return 0
    most=$(ulimit -H "-$1")
    ulimit -S "-$1" "$most" 2>/dev/null
    say NOTE "the limit -$1 cannot be $2 on $(uname -n): it is $most"
}
