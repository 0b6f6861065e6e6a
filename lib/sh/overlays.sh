# Whether a runtime can lay squashfs files upon each other: a function for a job and for the login node.
# shellcheck shell=sh disable=SC2154 # named elsewhere

# try_overlays BASE NOTE: whether $runtime can do it on this host. It is found out once and remembered in the file NOTE, with the
# runtime's version: another one is tried anew. The program that tries it is this host's own, since an image need not have
# any. What the runtime said is left in `complaint`.
try_overlays() {
    version=$("$runtime" --version 2>/dev/null | head -n 1)
    note=$2
    complaint='as was found out before'
    case $(cat -- "$note" 2>/dev/null) in
    "yes $version") return 0 ;;
    "no $version") return 1 ;;
    esac
    set -- --overlay "$1:ro" "$1" /bin/true
    for folder in /bin /lib /lib64 /usr; do [ ! -d "$folder" ] || set -- --bind "$folder" "$@"; done
    answer=no
    if complaint=$("$runtime" -s exec --compat "$@" 2>&1); then answer=yes; fi
    complaint=$(printf '%s\n' "$complaint" | tail -n 1)
    printf '%s %s\n' "$answer" "$version" >"$note.$$" && mv -f -- "$note.$$" "$note"
    [ $answer = yes ]
}
