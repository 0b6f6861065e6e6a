# Where the store is: functions for the scripts that use it.

# A leading ~ or $NAME belongs to this host; a relative path is below the home folder.
resolve() {
    path=$1
    # shellcheck disable=SC2088 # the tilde as it was written
    case $path in
    '~') path=$HOME ;;
    '~/'*) path=$HOME/${path#??} ;;
    '$'*)
        name=${path#?}
        rest=
        case $name in */*) rest=/${name#*/} name=${name%%/*} ;; esac
        case $name in '{'*'}') name=${name#?} name=${name%?} ;; esac
        case $name in
        '' | [0-9]* | *[!A-Za-z0-9_]*) refuse "the path $path does not start with a variable's name" ;;
        esac
        eval "value=\${$name-}"
        [ -n "$value" ] || refuse "the path $1 needs the variable $name, which is not set here"
        path=$value$rest
        ;;
    /*) ;;
    *) path=$HOME/$path ;;
    esac
    path=$(printf '%s/' "$path" | sed -e 's,//*,/,g' -e ':a' -e 's,/\./,/,' -e ta)
    case $path in ?*/) path=${path%/} ;; esac
}

refuse() {
    printf '%s\n' "$1" >&2
    exit 3
}

# The highest folder from DIR upwards that is the user's own and on the same file system: the store lies there, so that
# runs in different folders share it, and yet it is not in a home folder when the runs are elsewhere.
highest_own() {
    highest=$1
    while [ ! -d "$highest" ]; do highest=${highest%/*} highest=${highest:-/}; done
    device=$(stat -L -c %d -- "$highest")
    above=${highest%/*}
    while [ -n "$above" ] && [ -O "$above" ] && [ "$(stat -L -c %d -- "$above")" = "$device" ]; do
        highest=$above
        above=${highest%/*}
    done
    printf '%s\n' "${highest%/}"
}

# find_store STORE DIR: sets `store`, by the config's word if there is one, else for runs in DIR.
find_store() {
    if [ -n "$1" ]; then
        resolve "$1"
    elif [ -n "${SCRATCH-}" ] && [ -d "$SCRATCH" ]; then
        path=$SCRATCH/.docksing-store
    else
        path=$(highest_own "$2")/.docksing-store
    fi
    # shellcheck disable=SC2034 # for who calls
    store=$path
}
