# prune-store STORE REMOTEDIR SECONDS DRY: removes from the store what was not used for SECONDS and nobody needs; with DRY=1 it only
# says what that is. Prints what list-store prints, for those alone.
#
# Things are put aside first, and only then removed, when the notes of the runs have been read once more: a run that comes
# meanwhile has noted what it needs before it looks, so either it finds the thing gone and sends it again, or we find its note. The
# file .pruning.HOST.PID is there for as long as things may come back: see await_prune.
# shellcheck disable=SC2015,SC2154 # whichever failed; set by find_store
set -u
umask 077
LC_ALL=C
export LC_ALL
# The one who asked may be gone: what was begun is ended.
trap '' HUP PIPE
resolve "$2"
find_store "$1" "${path%/*}"
seconds=$3 dry=$4
printf 'store %s\n' "$store"
[ -d "$store" ] || exit 0
aside=$store/gone.$(uname -n).$$
pruning=$store/.pruning.$(uname -n).$$

drop() {
    [ ! -d "$1" ] || [ -L "$1" ] || find "$1" -type d ! -perm -700 -exec chmod u+rwx {} \;
    rm -rf -- "$1"
}

# The clock of the file system, which need not be ours.
now=$(command : 2>/dev/null >"$store/.now.$$" && stat -c %Y -- "$store/.now.$$" || date +%s)
rm -f -- "$store/.now.$$"
ended=
if [ "$dry" != 1 ]; then
    for left in "$store"/gone.*; do
        [ ! -d "$left" ] || [ -n "$(find "$left" -maxdepth 0 -mmin -60)" ] || drop "$left"
    done
    mkdir -- "$aside" && command : >"$pruning" || exit 1
    ended=$aside/ended
fi
all=$(needs "$ended") || {
    [ "$dry" = 1 ] || drop "$aside"
    rm -f -- "$pruning"
    exit 1
}
old=$(items | sort -k 1,1nr -k 3,3 | while read -r used kind name path; do
    age=$((now - ${used:-0}))
    # Something in the making that was touched within the hour is still being made.
    if [ $age -ge "$seconds" ] && { [ "$kind" != part ] || [ $age -ge 3600 ]; } && ! needed "$kind" "$name" "$all" >/dev/null; then
        printf '%s %s %s %s\n' "${used:-0}" "$kind" "$name" "$path"
    fi
done)
# Prints the old things, which lie in $1. What they free is what no other thing shares, so the others are counted first.
report() {
    sizes=$({
        items | cut -d ' ' -f 4 | while read -r path; do
            printf '%s\n' "$old" | grep -q " $path\$" || printf '%s\0' "$store/$path"
        done
        printf '%s\n' "$old" | while read -r used kind name path; do [ -z "$path" ] || printf '%s\0' "$1/$path"; done
    } | du -s --block-size=1 --files0-from=- 2>/dev/null)
    printf '%s\n' "$old" | while read -r used kind name path; do
        [ -n "$path" ] && [ -e "$1/$path" ] || continue
        size=$(printf '%s\n' "$sizes" | grep -m 1 "	$1/$path\$" | cut -f 1)
        printf 'item %s %s %s %s -\n' "$kind" "$name" "${size:-0}" "$used"
    done
}
if [ "$dry" = 1 ]; then
    report "$store"
else
    mkdir -- "$aside/layers" "$aside/images" "$aside/trees" || exit 1
    printf '%s\n' "$old" | while read -r used kind name path; do
        [ -n "$path" ] && mv -T -- "$store/$path" "$aside/$path" 2>/dev/null
    done
    all=$(needs) || all=all
    printf '%s\n' "$old" | while read -r used kind name path; do
        [ -n "$path" ] && [ -e "$aside/$path" ] || continue
        if [ "$all" = all ] || needed "$kind" "$name" "$all" >/dev/null; then
            # One that came into its place meanwhile is as good.
            mv -nT -- "$aside/$path" "$store/$path" 2>/dev/null
        fi
    done
    rm -f -- "$pruning"
    report "$aside"
    printf '%s\n' "$old" | while read -r used kind name path; do
        [ -n "$path" ] && [ ! -e "$store/$path" ] || continue
        rm -f -- "$store/$path.sum"
        [ "$kind" != sif ] || rm -f -- "$store/${path%.sif}.json" "$store/${path%.sif}.txt" "$store/${path%.sif}.failed"
    done
    # Runs that have ended need no note any more.
    [ ! -f "$ended" ] || while read -r note; do
        [ -n "$(find "$store/runs/$note" -mmin -10 2>/dev/null)" ] || rm -f -- "$store/runs/$note"
    done <"$ended"
    # What an image has links to is looked up again.
    for notes in "$store"/images/*.paths.txt; do
        image=${notes##*/}
        image=${image%.paths.txt}
        if [ "$all" != all ] && [ -f "$notes" ] && [ $((now - $(stat -c %Y -- "$notes"))) -ge "$seconds" ] &&
            ! needed sif "$image" "$all" >/dev/null; then
            rm -f -- "$notes"
        fi
    done
    drop "$aside"
fi
