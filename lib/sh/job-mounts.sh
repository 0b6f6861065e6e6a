
# shellcheck shell=sh disable=SC2154,SC2034 # named elsewhere in the script
# ---- isolation=docker: where the mounts go. Links are resolved in the container's root, as Docker does. ----
# The runtime follows a link in the target of a mount, but makes nothing behind one. So a target is resolved here, against the
# image and the mounts before it. What the image has at a path only a container can tell: it is asked once for each path, and the
# answers are kept in the store, in lines `KIND MODE PATH LINK` with tabs between (KIND: d, l, another letter of find's, or `-` for nothing).
newline='
'
tab='	'
paths=$store/images/$image.paths.txt

# mount SOURCE TARGET [ro]: the next mount. The script calls these in Docker's order, again and again until all links are known.
mount() {
    count=$((count + 1))
    resolve "$2" || :
    # As Docker does, in the folder that is mounted there already.
    if [ -n "$final" ] && [ "$kind" = - ] && [ -n "$source" ] && [ -z "$closed" ]; then
        if [ -d "$1" ]; then mkdir -p -- "$source"; else mkdir -p -- "${source%/*}" && command : >"$source" && chmod 755 -- "$source"; fi
    fi
    eval "source_$count=\$1 place_$count=\$place closed_$count=\${3-}"
}

# resolve PATH: its `place` without links, the `kind` of what is there, and the `source` on this node when it lies in a mount, which is
# `closed` when it can only be read. Fails when something is not known; it is noted in `wanted` then.
resolve() {
    rest=${1#/} place='' kind=d source='' closed='' links=0
    while [ -n "$rest" ]; do
        part=${rest%%/*}
        case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
        case $part in
        '' | .) continue ;;
        ..)
            place=${place%/*} kind=d
            continue
            ;;
        esac
        if ! look_up "$place/$part"; then
            place=$place/$part${rest:+/$rest}
            return 1
        fi
        if [ "$kind" = l ]; then
            links=$((links + 1))
            [ "$links" -le 100 ] || refuse "the path $1 leads through too many symbolic links of the container"
            case $link in /*) place='' ;; esac
            rest=$link${rest:+/$rest} kind=d
            continue
        fi
        place=$place/$part
    done
    # `..` may have come last.
    [ -n "$place" ] || place=/
    look_up "$place"
}

# look_up PATH: sets kind, link, source and closed for a path whose parent has no links.
look_up() {
    above=$((count - 1)) source='' closed='' link=''
    while [ "$above" -gt 0 ]; do
        eval "at=\$place_$above source=\$source_$above closed=\$closed_$above"
        case $1 in
        "$at")
            if [ -d "$source" ]; then kind=d; else kind=f; fi
            return 0
            ;;
        "$at"/*)
            source=$source${1#"$at"}
            if [ -L "$source" ]; then
                kind=l link=$(readlink -n -- "$source" && echo .)
                link=${link%.}
            elif [ -d "$source" ]; then
                kind=d
            elif [ -e "$source" ]; then
                kind=f
            else
                kind=-
            fi
            return 0
            ;;
        esac
        above=$((above - 1)) source='' closed=''
    done
    case $1 in
    / | /dev | /dev/* | /proc | /proc/* | /sys | /sys/*)
        kind=d
        return 0
        ;;
    esac
    [ "$kind" != - ] || return 0
    case $1 in *"$newline"* | *"$tab"*) kind='' && return 0 ;; esac
    case $known in
    *"$tab$1$tab"*)
        answer=${known#*"$tab$1$tab"}
        link=${answer%%"$newline"*}
        answer=${known%%"$tab$1$tab"*}
        answer=${answer##*"$newline"}
        kind=${answer%%"$tab"*} mode=${answer#*"$tab"}
        ;;
    *)
        kind=''
        [ -z "$blind" ] || return 0
        wanted="$wanted$1$newline"
        # What may come next, if there are no links.
        next=$1
        while [ -n "$rest" ]; do
            next=$next/${rest%%/*}
            wanted="$wanted$next$newline"
            case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
        done
        return 1
        ;;
    esac
}

# find_places: resolves all mounts and the working directory, and makes what is missing.
find_places() {
    known=$newline$(cat -- "$paths" 2>/dev/null)$newline
    blind='' final=''
    while
        resolve_all
        [ -n "$wanted" ]
    do ask_image; done
    final=1
    resolve_all
    missing_directory=''
    if [ -n "$directory" ] && [ "$kind" = - ]; then
        if [ -z "$source" ]; then
            missing_directory=$place
        elif [ -z "$closed" ]; then
            mkdir -p -- "$source"
        fi
    fi
}

resolve_all() {
    count=0 wanted=''
    mounts
    # One more, so that all mounts count.
    count=$((count + 1))
    [ -z "$odd_words" ] || find_env || :
    [ -z "$directory" ] || resolve "$directory" || :
    count=$((count - 1))
}

# ask_image: finds out what the image has at the paths in `wanted`. The programs are this node's, since an image need not have any.
ask_image() {
    programs=/.docksing
    look_flags='--containall --no-mount tmp,home'
    program=$(command -v find) && program=$(readlink -f -- "$program")
    loader=''
    for file in "$program" $(ldd "$program" 2>/dev/null | sed -n 's/.*=> *\(\/[^ ]*\) .*/\1/p; s/^[[:space:]]*\(\/[^ ]*\) (.*/\1/p'); do
        case $file in *[!A-Za-z0-9_./@%+=-]*) continue ;; esac
        look_flags="$look_flags --bind $(readlink -f -- "$file"):$programs/${file##*/}"
        case ${file##*/} in ld-* | ld64* | ld.so*) loader=$programs/${file##*/} ;; esac
    done
    answers=$(
        set -f
        IFS=$newline
        # shellcheck disable=SC2086 # lines
        set -- $wanted
        unset IFS
        set +f
        look ${loader:+"$loader" --library-path "$programs"} "$programs/${program##*/}" / "$@" -maxdepth 0 -printf '%y\t%m\t%p\t%l\n' 2>/dev/null </dev/null
    )
    case $newline$answers in
    *"$newline"d"$tab"*"$tab/$tab"*) ;;
    *)
        # The runtime has to do what it can.
        blind=1
        return 0
        ;;
    esac
    lines=$wanted new=''
    while [ -n "$lines" ]; do
        path=${lines%%"$newline"*} lines=${lines#*"$newline"}
        case $known$new in *"$tab$path$tab"*) continue ;; esac
        case $newline$answers$newline in
        *"$tab$path$tab"*)
            row=${answers%%"$tab$path$tab"*}
            row=${row##*"$newline"}
            answer=${answers#*"$tab$path$tab"}
            row=$row$tab$path$tab${answer%%"$newline"*}
            ;;
        *) row="-${tab}0$tab$path$tab" ;;
        esac
        new=$new$row$newline
    done
    known=$known$new
    # Another task may do the same: one of the two is enough.
    { printf '%s' "${known#"$newline"}" | grep . >"$paths.$$" && mv -f -- "$paths.$$" "$paths"; } 2>/dev/null
}

# find_env: the image's program that sets variables with names that no shell can set.
find_env() {
    env_program=''
    for path in /usr/bin/env /bin/env; do
        resolve "$path" || return 1
        [ "$kind" != f ] || {
            env_program=$path
            return 0
        }
    done
}

# make_in_root PATH: a folder in the container's own root, whose parents keep the modes that the image gives them.
make_in_root() {
    folder "root/upper$1"
    made='' left=${1#/}
    while [ -n "$left" ]; do
        made=$made/${left%%/*}
        case $left in */*) left=${left#*/} ;; *) left='' ;; esac
        mode='' kind=d
        if look_up "$made" && [ "$kind" = d ] && [ -n "$mode" ]; then chmod -- "$mode" "root/upper$made"; fi
    done
}

# bind_option SOURCE TARGET [ro]: the flag and its value, in `option` and `value`. The short form takes plain paths only, the long one
# is a line of CSV.
bind_option() {
    case $1$2 in
    *[!A-Za-z0-9_./@%+=-]*)
        option=--mount
        csv_field "source=$1"
        value=type=bind,$field
        csv_field "destination=$2"
        value=$value,$field${3:+,ro}
        ;;
    *) option=--bind value=$1:$2${3:+:ro} ;;
    esac
}

csv_field() {
    left=$1 field=
    while :; do
        case $left in
        *\"*) field=$field${left%%\"*}\"\" left=${left#*\"} ;;
        *) break ;;
        esac
    done
    field=\"$field$left\"
}

# own_account FILE LINE: a bind over /etc/passwd or /etc/group would take the user's own line away.
own_account() {
    [ "$count" -gt 0 ] || return 0
    count=$((count + 1)) kind=''
    if look_up "/etc/$1" && [ -n "$source" ] && resolve "/etc/$1" && [ "$kind" = f ] && [ -n "$source" ] &&
        ! cut -d: -f3 <"$source" | grep -qx "$3"; then
        mkdir -p accounts
        # The last line need not end.
        { cat -- "$source" && { [ -z "$(tail -c 1 -- "$source")" ] || echo; } && printf '%s\n' "$2"; } >"accounts/$1"
        [ -n "$closed" ] || { cp -- "accounts/$1" "accounts/$1.given" && ln -s -- "$(readlink -f -- "$source")" "accounts/$1.source"; }
        # In the place of the file's own mount: the runtime passes over a second one there.
        above=$((count - 1)) at=''
        while [ "$above" -gt 0 ] && eval "at=\$place_$above" && [ "$at" != "$place" ]; do above=$((above - 1)); done
        if [ "$above" -eq 0 ]; then above=$count; else count=$((count - 1)); fi
        eval "source_$above=./accounts/$1 place_$above=\$place closed_$above=\$closed"
        return 0
    fi
    count=$((count - 1))
}

# keep_accounts: what a program wrote to its /etc/passwd goes where the bind is.
keep_accounts() {
    for file in passwd group; do
        [ -L "accounts/$file.source" ] || continue
        cmp -s -- "accounts/$file" "accounts/$file.given" ||
            grep -vxF -- "$(tail -n 1 "accounts/$file.given")" "accounts/$file" >"accounts/$file.source"
    done
}
