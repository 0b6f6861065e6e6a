# hold-run DIR NAME: lets one shell at a time prepare and submit the run in DIR.
#
# Prints `waiting` if another shell is at it, and `held` when it is our turn, which lasts until stdin ends. A line on
# stdin every few seconds shows that we live; a shell that has not shown that for 20 s is taken to be dead, and one of
# those that wait inherits its place. What counts is that the file changes, not when: hosts' clocks differ.
set -u
umask 077
# In another user's directory the lock would be hers, and what follows it.
# shellcheck disable=SC3067 # dash, bash, ksh and busybox have -O
if [ -d "$1" ] && [ ! -O "$1/." ]; then
    echo "the run directory $1 is another user's" >&2
    exit 1
fi
lock=$1/.docksing-lock
name=$2
seen=
quiet=0
failed=0
until said=$(mkdir -- "$lock" 2>&1); do
    if [ ! -d "$lock" ]; then
        # Whoever had it may have given it back this very moment; what is wrong with the folder stays so.
        failed=$((failed + 1))
        if [ $failed -ge 3 ]; then
            printf '%s\n' "$said" >&2
            exit 1
        fi
        sleep 0.2
        continue
    fi
    failed=0
    [ "$quiet" != 0 ] || echo waiting
    beat=$(cat -- "$lock/beat" 2>/dev/null)
    [ "$beat" = "$seen" ] || quiet=0
    seen=$beat
    quiet=$((quiet + 1))
    # Only one can make the folder that is named after the dead one.
    if [ $quiet -gt 40 ] && mkdir -- "$lock/after-${beat%% *}" 2>/dev/null; then break; fi
    sleep 0.5
done
turn=0
printf '%s %d\n' "$name" 0 >"$lock/beat" || {
    rm -rf -- "$lock"
    exit 1
}
echo held

# Whether nobody has taken us to be dead.
is_ours() { case $(cat -- "$lock/beat" 2>/dev/null) in "$name "*) true ;; *) false ;; esac }

while read -r _; do
    is_ours || exit 1
    turn=$((turn + 1))
    printf '%s %d\n' "$name" $turn >"$lock/beat"
done
! is_ours || rm -rf -- "$lock"
