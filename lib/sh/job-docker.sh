
# shellcheck shell=sh disable=SC2154,SC2034 # named elsewhere in the script
# ---- isolation=docker: a root, /tmp and home that can be written to, on the node's disk, and the task's own. ----

# A folder of the task's; Docker's tmpfs have their mode.
folder() {
    mkdir -p -- "$1" || refuse "the folder $1 cannot be made for the container on $(uname -n)"
    [ -z "${2-}" ] || chmod "$2" -- "$1"
}

own_line() { printf '%s:x:%s:%s::%s:/bin/sh\n' "$(id -un)" "$(id -u)" "$(id -g)" "$home"; }

# The image's accounts and the user's own beside them, for programs that ask who they are.
accounts() {
    mkdir -p root/upper/etc
    if [ -f "run/${own}passwd" ]; then
        cat "run/${own}passwd"
        cut -d: -f3 <"run/${own}passwd" | grep -qx "$(id -u)" ||
            own_line
    fi >root/upper/etc/passwd
    if [ -f "run/${own}group" ]; then
        cat "run/${own}group"
        cut -d: -f3 <"run/${own}group" | grep -qx "$(id -g)" || printf '%s:x:%s:\n' "$(id -gn)" "$(id -g)"
    fi >root/upper/etc/group
    # An image without them has none.
    [ -f "run/${own}passwd" ] || rm -f root/upper/etc/passwd
    [ -f "run/${own}group" ] || rm -f root/upper/etc/group
    rmdir root/upper/etc 2>/dev/null
}

# How many tasks of the step are on this node, from Slurm's `2(x3),1`: 2 on each of three nodes, 1 on the fourth.
tasks_here() {
    index=${SLURM_NODEID:-0}
    count=1
    for group in $(printf '%s' "${SLURM_STEP_TASKS_PER_NODE:-1}" | tr , ' '); do
        count=${group%%(*}
        times=1
        case $group in *x*) times=${group##*x} times=${times%)} ;; esac
        [ "$index" -ge "$times" ] || break
        index=$((index - times))
    done
    printf '%s\n' "$count"
}

# What the tasks of a job share on a node. Each makes it, and the last that ends removes it.
share() {
    common=/dev/shm/docksing-$SLURM_JOB_ID.$SLURM_STEP_ID
    mkdir -m 700 -- "$common" 2>/dev/null
    { is_own "$common" && mkdir -p -- "$common/shm"; } ||
        refuse "$common cannot be made on $(uname -n), where the tasks share memory"
    chmod 1777 -- "$common/shm"
    ln -s -- "$common/shm" shm
    [ -n "$shared_tmp" ] || return 0
    common_tmp=${scratch%/*}/docksing-$(uname -n)-$SLURM_JOB_ID.$SLURM_STEP_ID
    mkdir -m 700 -- "$common_tmp" 2>/dev/null
    { is_own "$common_tmp" && mkdir -p -- "$common_tmp/tmp"; } ||
        refuse "$common_tmp cannot be made on $(uname -n), where the tasks share /tmp"
    chmod 1777 -- "$common_tmp/tmp"
    ln -s -- "$common_tmp/tmp" shared-tmp
}

unshare() {
    command : >"$common/done.${SLURM_LOCALID:-0}"
    set -- "$common"/done.*
    [ $# -ge "$here" ] || return 0
    remove "$common"
    [ -z "$shared_tmp" ] || remove "$common_tmp"
}

# The programs that mount the container's files ignore what Slurm sends to all processes of a job: without its files the container
# could not end in its own way. The runtime looks for them on the PATH.
lasting_mounts() {
    mkdir mounts
    for program in squashfuse_ll squashfuse fuse-overlayfs fuse2fs; do
        found=$(command -v "$program") || continue
        case $found in *[!A-Za-z0-9_./@%+=-]*) continue ;; esac
        printf '#!/bin/sh\ntrap "" HUP INT TERM USR1 USR2\nexec %s "$@"\n' "$found" >"mounts/$program"
        chmod 700 "mounts/$program"
        # Where nothing can be run in this folder, the runtime takes the node's own.
        [ -x "mounts/$program" ] || rm -f "mounts/$program"
    done
}

# Told to end, the first process of a container may ignore it, as under Docker. Where no program of the container can do anything
# about it, or else a little before Slurm's KILL, which comes after the cluster's KillWait and would take this script too, this
# ends the container, so that there is time to clean up.
# fd 9 ends when the container does.
watch() {
    # The shell's own words on what was killed are nobody's.
    exec 2>/dev/null
    told=
    trap 'told=1' TERM
    trap ':' HUP USR1 USR2
    while :; do
        cat <&9 >/dev/null &
        if wait $!; then exit 0; fi
        [ -z "$told" ] || break
        # The signal may have reached cat before it reaches us.
        sleep 1
        [ -z "$told" ] || break
    done
    seconds=$(scontrol show config 2>/dev/null | sed -n 's/^KillWait *= *\([0-9][0-9]*\).*/\1/p')
    seconds=$((${seconds:-30} - 4))
    heeds "$(cat container.pid)" || seconds=0
    while [ "$seconds" -gt 0 ]; do
        if timeout 1 cat <&9 >/dev/null; then exit 0; fi
        seconds=$((seconds - 1))
    done
    kill_tree "$(cat container.pid)"
}

# Prints the processes that PID has started.
children() {
    for stat in /proc/[0-9]*/stat; do
        # PID (NAME) STATE PARENT …, where NAME may hold anything.
        read -r line 2>/dev/null <"$stat" || continue
        rest=${line##*) }
        rest=${rest#* }
        [ "${rest%% *}" != "$1" ] || printf '%s\n' "${line%% *}"
    done
}

# heeds PID: whether a program of the container below PID still lives that handles TERM, or may do so.
heeds() {
    case $(signal_words "$1") in *handles*) true ;; *inside*) false ;; *) true ;; esac
}

# The container's processes have a pid there besides. SigCgt is a mask in hexadecimal: TERM is bit 14.
signal_words() {
    for child in $(children "$1"); do
        case $(sed -n 's/^NSpid:[^0-9]*//p' "/proc/$child/status") in *[!0-9]*)
            echo inside
            case $(sed -n 's/^SigCgt:[^0-9a-f]*//p' "/proc/$child/status") in *[4567cdef]???) echo handles ;; esac
            ;;
        esac
        (signal_words "$child")
    done
}

# Ends a process and all that it started, the last ones first.
kill_tree() {
    children "$1" | while read -r child; do kill_tree "$child"; done
    kill -KILL "$1" 2>/dev/null
}

as_docker() {
    umask 022
    point=$run_dir/$point
    make_scratch
    cd -- "$scratch" || refuse "the folder $scratch cannot be used on $(uname -n)"
    # This script outlives what it is sent while the container runs.
    trap ':' HUP INT QUIT TERM USR1 USR2 ALRM
    ln -s -- "$run_dir" run
    lasting_mounts
    mkdir -p root/upper
    accounts
    folders
    etc=./etc
    own_files
    find_places
    own_account passwd "$(own_line)" "$(id -u)"
    own_account group "$(id -gn):x:$(id -g):" "$(id -g)"
    odd_environment
    set --
    writable=$(cut -d' ' -f1 2>/dev/null <"$store/writable")
    if [ "$writable" = memory ] || [ "$writable" = no ]; then
        mkdir -p home
        [ -z "$missing_directory" ] || {
            mkdir -p missing
            bind_option ./missing "$missing_directory"
            set -- "$option" "$value" "$@"
        }
        set -- --workdir . --home "./home:$home" "$@"
        [ -n "$read_only" ] || [ "$writable" = no ] || set -- --writable-tmpfs "$@"
    else
        [ -z "$missing_directory" ] || make_in_root "$missing_directory"
        set -- --overlay "./root${read_only:+:ro}" --no-mount tmp,home,/etc/localtime --home "$home" "$@"
    fi
    if [ "$here" -gt 1 ]; then
        share
        [ -z "$shared_tmp" ] || set -- "$@" --bind ./shared-tmp:/tmp
        # shellcheck disable=SC2086 # flags without blanks in them
        set -- $together "$@"
    else
        # shellcheck disable=SC2086
        set -- $alone "$@"
    fi
    # The one device of Docker's that the runtime leaves out.
    [ ! -c /dev/full ] || set -- "$@" --bind /dev/full
    # Where PMIx's clients find their server.
    case ${PMIX_SERVER_TMPDIR-} in
    '' | *[!A-Za-z0-9_./@%+=-]*) ;;
    *) [ ! -d "$PMIX_SERVER_TMPDIR" ] || set -- "$@" --bind "$PMIX_SERVER_TMPDIR" ;;
    esac
    # The runtime mounts in the order of the words, and a parent would hide what is mounted below it before.
    bound=0
    while [ "$bound" -lt "$count" ]; do
        bound=$((bound + 1))
        eval "bind_option \"\$source_$bound\" \"\$place_$bound\" \"\$closed_$bound\""
        set -- "$@" "$option" "$value"
    done
    # Files that a step of Slurm's has open are not to be closed.
    if [ ! -e /proc/self/fd/7 ] && [ ! -e /proc/self/fd/8 ] && [ ! -e /proc/self/fd/9 ] && mkfifo end; then
        exec 8<>end
        exec 9<end
        # `watch 8>&-` would keep a copy of it, to restore it afterwards.
        (
            exec 8>&-
            watch
        ) &
        exec 9<&-
    fi
    # The shell would say on the task's stderr by what signal the container ended.
    exec 7>&2
    {
        (
            exec 2>&7 7>&- 8>&-
            # shellcheck disable=SC2016 # that shell's parent
            sh -c 'echo "$PPID"' >container.pid
            PATH=$scratch/mounts:$PATH
            container "$@"
        )
        code=$?
    } 2>/dev/null
    exec 7>&- 8>&-
    [ "$here" -le 1 ] || unshare
    keep_accounts
    cd /
    remove "$scratch"
    exit "$code"
}

# What can be written to here, found out once for a runtime's version and remembered in the store: `yes`, the whole root, in a
# folder on the disk; `memory`, the root in memory, where it is small; `no`, the root can only be read. /tmp and the home are on
# the disk in any case.
try_writable() {
    version=$("$runtime" --version 2>/dev/null | head -n 1)
    note=$(cat -- "$store/writable" 2>/dev/null)
    answer=${note%% *}
    [ "$note" = "$answer $version" ] || answer=
    if [ -z "$answer" ]; then
        make_scratch
        mkdir -p -- "$scratch/root"
        answer=yes
        touches --overlay "$scratch/root" || answer=memory
        [ $answer = yes ] || touches --writable-tmpfs || answer=no
        remove "$scratch"
        printf '%s %s\n' $answer "$version" >"$store/writable.$SLURM_JOB_ID" &&
            mv -f -- "$store/writable.$SLURM_JOB_ID" "$store/writable"
    fi
    lost="$runtime on $(uname -n) can't keep what is written outside of binds on the node's disk: /tmp and the home are there,"
    case $answer in
    memory) say NOTE "$lost and the rest of the root is in memory, and small (often 64 MiB)" ;;
    no) say NOTE "$lost and the rest of the root can only be read" ;;
    esac
}

# touches FLAG…: whether a program of this host can make a file in the root of the image with these flags.
touches() {
    base=./${own}image.sif
    [ -z "$layers" ] || base=./${own}image.layers/0.sqfs
    for folder in /bin /lib /lib64 /usr; do [ ! -d "$folder" ] || set -- --bind "$folder" "$@"; done
    "$runtime" -s exec --containall --no-mount tmp,home "$@" "$base" /bin/touch /docksing >"$notes/writable.txt" 2>&1
}
