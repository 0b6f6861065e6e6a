# receive-tree STORE DIR NAME RUN LINEAGE PUSH DIGEST KNOWN WRITABLE KEEP [PART...]
#
# Brings a bind's source into the run directory DIR as NAME: a link to its tree in the store, or for a WRITABLE one (1) a copy of
# that, which shares nothing with it. Of a tree that cannot be written to the run has each PART for itself, as a copy or a new
# folder; the rest is hard links. A tree has its manifest's digest for a name and is never changed. What is new of it
# comes by stdin; the rest is taken, by hard links, from the last tree of the same LINEAGE (one source on one machine).
#
# DIGEST is the tree's, or `-` if the sender does not know it yet. With KEEP=0 the tree goes into the run directory only.
# Prints `placed` when the tree was here; nothing is sent then. Else:
#   part N M       what an interrupted transfer left: N bytes of `KIND SIZE TIME MODE PATH` records that end with NUL, then M
#                  bytes with the SHA-256 of each file, a line each
#   base DIGEST N  the tree to start from, and its manifest (N bytes; none when DIGEST is KNOWN)
#   ready
# Then stdin has a line `BASE A B C` (BASE: whether to start from it; `same`: it is the tree) and three lists of A, B and C bytes: paths that must go from
# the base and from the part, and `MODE TIME PATH` of files that get a new mode and time; all fields end with NUL. The rest is a tar
# stream of `tree`, of `shape` (the digest of what find must say of it), of `closed` (`MODE PATH` of what its owner cannot look into: in the
# store it is open, and a run gets a copy) if there is any, and last of `manifest`. Prints `done DIGEST` at the end.
# When stdin ends early, what came whole is kept for the next try. Exit codes: 4 the tree is stored, but DIR could not take it.
# shellcheck disable=SC2015 # whichever failed
set -u
# The sender may be gone: that is no reason to end before all is tidy.
trap '' HUP PIPE
umask 077
LC_ALL=C
export LC_ALL
store=$1 dir=$2 name=$3 run=$4 lineage=$5 push=$6 digest=$7 known=$8 writable=$9
shift 9
keep=$1
shift
trees=$store/trees
if [ "$keep" = 1 ]; then new=$trees/new.$lineage.$push; else new=$dir/.docksing-new; fi

# Removes a folder even where parts of it are closed to us.
drop() {
    [ ! -d "$1" ] || [ -L "$1" ] || find "$1" -type d ! -perm -700 -exec chmod u+rwx {} \;
    rm -rf -- "$1"
}

# What find says of the tree in the folder $1, as a digest: all but the contents, so that it shows what a purge took or a hand changed.
listing() {
    (cd -- "$1" && find tree \( -type d -printf 'd %m %T@ %p\0' -o -printf '%y %m %s %T@ %l %p\0' \)) | sort -z | sha256sum
}

# The digest of kinds, sizes, targets and names alone, which are the same on every file system.
shape() {
    (cd -- "$1" && find tree \( -type d -printf 'd %p\0' -o -type l -printf 'l %l %p\0' -o -printf '%y %s %p\0' \)) |
        sort -z | sha256sum | cut -c 1-64
}

is_whole() { [ -f "$trees/$1/listing" ] && [ "$(listing "$trees/$1")" = "$(cat -- "$trees/$1/listing")" ]; }

# Says that the run needs a tree, before it is looked for: see prune.
need() {
    grep -qxF "tree $1" "$store/runs/$run" 2>/dev/null || printf 'tree %s\n' "$1" >>"$store/runs/$run"
    await_prune
    [ ! -d "$trees/$1" ] || touch -c -- "$trees/$1/used"
}

# A folder that its owner cannot write to can only be renamed when it is open.
move() {
    if [ -d "$1" ] && [ ! -L "$1" ]; then
        mode=$(stat -c %a -- "$1") && chmod u+rwx -- "$1" && mv -T -- "$1" "$2" && chmod "$mode" -- "$2"
    else
        mv -T -- "$1" "$2"
    fi
}

# own_copy TREE PART...: makes a copy in the run directory, of which only the parts are the run's own.
own_copy() {
    from=$1
    shift
    if [ $# = 0 ]; then
        cp -a --reflink=auto -- "$from" "$dir/.docksing-new/tree"
        return
    fi
    cp -al -- "$from" "$dir/.docksing-new/tree" 2>/dev/null || {
        drop "$dir/.docksing-new/tree"
        cp -a --reflink=auto -- "$from" "$dir/.docksing-new/tree" || return
    }
    for part; do
        [ -e "$from/$part" ] || continue
        folder=$dir/.docksing-new/tree/${part%/*}
        [ "${part%/*}" != "$part" ] || folder=$dir/.docksing-new/tree
        mode=$(stat -c %a -- "$folder") && chmod u+rwx -- "$folder" && drop "$folder/${part##*/}" &&
            cp -a --reflink=auto -- "$from/$part" "$folder/${part##*/}" && chmod "$mode" -- "$folder" || return
    done
}

# The tree in the folder $1 becomes the run's, which has the PARTs for itself; the note is written last: it says that all is there, and
# its time separates what was sent from what the job changes.
place() {
    tree=$1
    shift
    target=$dir/$name
    if [ -e "$target" ] && cmp -s -- "$tree/manifest" "$dir/sent/$name"; then
        # A link that is as it should be, or a copy.
        [ -L "$target" ] && { [ "$writable" = 1 ] || [ $# -gt 0 ]; } || return 0
    fi
    rm -f -- "$dir/sent/$name"
    drop "$target" &&
        if [ "$keep" != 1 ]; then
            move "$tree/tree" "$target"
        elif [ "$writable" = 1 ] || [ $# -gt 0 ] || [ -s "$tree/closed" ]; then
            drop "$dir/.docksing-new" && mkdir -- "$dir/.docksing-new" &&
                if [ "$writable" = 1 ] || [ -s "$tree/closed" ]; then own_copy "$tree/tree"; else own_copy "$tree/tree" "$@"; fi &&
                move "$dir/.docksing-new/tree" "$target"
        else
            ln -sT -- "$tree/tree" "$target"
        fi &&
        for part; do [ -e "$target/$part" ] || mkdir -p -- "$target/$part" || exit 4; done &&
        if [ ! -s "$tree/closed" ]; then
            :
        elif [ -d "$target" ]; then
            (cd -- "$target" && xargs -0 -r -n 2 chmod -- <"$tree/closed")
        else
            chmod "$(tr '\0' '\n' <"$tree/closed" | head -n 1)" -- "$target"
        fi &&
        cp -- "$tree/manifest" "$dir/sent/.docksing-part" && mv -fT -- "$dir/sent/.docksing-part" "$dir/sent/$name" && {
        drop "$dir/.docksing-new"
        return
    }
    drop "$dir/.docksing-new"
    exit 4
}

# Ends without the tree: what came serves the next try.
release() {
    cd /
    drop "$new/whole"
    if [ "$keep" = 1 ] && [ -e "$new/part/tree" ]; then
        drop "$trees/part.$lineage"
        mv -T -- "$new" "$trees/part.$lineage" 2>/dev/null || drop "$new"
    else
        drop "$new"
    fi
    exit 1
}

mkdir -p -- "$trees/last" || exit 1
if [ "$digest" != - ] && [ "$keep" = 1 ]; then
    need "$digest"
    if is_whole "$digest"; then
        place "$trees/$digest" "$@"
        printf '%s\n' "$digest" >"$trees/last/$lineage"
        printf 'placed\n'
        exit 0
    fi
fi
# Of a push whose host went down nobody else cleans up.
for left in "$trees"/new.*; do
    [ ! -d "$left" ] || [ -n "$(find "$left" -maxdepth 2 -mmin -2880 -print -quit)" ] || drop "$left"
done

drop "$new"
base=
if [ "$keep" = 1 ]; then
    mv -T -- "$trees/part.$lineage" "$new" 2>/dev/null
    last=$(cat -- "$trees/last/$lineage" 2>/dev/null)
    if [ -n "$last" ] && [ -d "$trees/$last" ]; then
        need "$last"
        if is_whole "$last"; then
            base=$last
        elif [ ! -e "$new/part/tree" ]; then
            # What is left of a tree that has suffered may serve; its contents are looked at.
            mkdir -p -- "$new/part" && cp -al -- "$trees/$last/tree" "$new/part/tree" 2>/dev/null
        fi
    fi
fi
mkdir -p -- "$new/part" || release
cd -- "$new/part" || release
rm -f -- manifest shape closed
if [ -e tree ] || [ -L tree ]; then
    find tree -type d ! -perm -700 -exec chmod u+rwx {} \;
    find tree ! -type d ! -type f -exec rm -f -- {} +
    find tree -printf '%y %s %T@ %m %p\0' >../names
    find tree -type f -print0 | xargs -0 -r sha256sum -- | sed 's/^\\//' | cut -c 1-64 >../sums
    printf 'part %d %d\n' "$(wc -c <../names)" "$(wc -c <../sums)"
    cat ../names ../sums
    rm -f ../names ../sums
fi
if [ -n "$base" ]; then
    if [ "$base" = "$known" ]; then
        printf 'base %s 0\n' "$base"
    else
        printf 'base %s %d\n' "$base" "$(wc -c <"$trees/$base/manifest")"
        cat -- "$trees/$base/manifest"
    fi
fi
printf 'ready\n'

read -r from_base gone_base gone_part touched || release
if [ "$from_base" = same ]; then
    cd / && drop "$new"
    place "$trees/$base" "$@"
    printf 'done %s\n' "$base"
    exit 0
fi
head -c "$gone_base" >../gone-base && head -c "$gone_part" >../gone-part && head -c "$touched" >../touched || release
xargs -0 -r rm -rf -- <../gone-part
tar -xp --no-same-owner --delay-directory-restore -f - || release
[ -f manifest ] && [ -f shape ] || release

whole=$new/part
if [ "$from_base" = 1 ]; then
    whole=$new/whole
    mkdir -- "$whole" || release
    # Stored trees share their unchanged files: nothing ever writes to one, and what changes comes as a new file.
    cp -al -- "$trees/$base/tree" "$whole/tree" 2>/dev/null ||
        { drop "$whole/tree" && cp -a --reflink=auto -- "$trees/$base/tree" "$whole/tree"; } || release
    cd -- "$whole" || release
    find tree -type d ! -perm -700 -exec chmod u+rwx {} \;
    xargs -0 -r rm -rf -- <../gone-base || release
    # shellcheck disable=SC2016 # the inner shell's
    xargs -0 -r -n 300 sh -c 'while [ $# -gt 0 ]; do
            cp -a --reflink=auto -- "$3" "$3.docksing" && chmod -- "$1" "$3.docksing" &&
                touch -d "@$2" -- "$3.docksing" && mv -fT -- "$3.docksing" "$3" || exit 1
            shift 3
        done' sh <../touched || release
    if [ -e ../part/tree ] || [ -L ../part/tree ]; then
        cp -al -- ../part/tree . 2>/dev/null || cp -a --reflink=auto -- ../part/tree . || release
    fi
    mv -- ../part/manifest . || release
    mv -- ../part/shape . || release
    [ ! -f ../part/closed ] || mv -- ../part/closed . || release
fi
if [ "$(shape "$whole")" != "$(cat -- "$whole/shape")" ]; then
    echo "what arrived is not what was sent" >&2
    # Whatever it is, it must not spoil the next try.
    cd / && drop "$new"
    exit 1
fi
rm -f -- "$whole/shape"
cd / || exit 1

if [ "$keep" = 1 ]; then
    digest=$(sha256sum <"$whole/manifest")
    digest=${digest%% *}
    listing "$whole" >"$whole/listing" && command : >"$whole/used" || release
    need "$digest"
    if ! mv -T -- "$whole" "$trees/$digest" 2>/dev/null && ! is_whole "$digest"; then
        # One that has suffered is in its place.
        mv -T -- "$trees/$digest" "$trees/new.$lineage.$push.gone" && mv -T -- "$whole" "$trees/$digest" || release
        drop "$trees/new.$lineage.$push.gone"
    fi
    printf '%s\n' "$digest" >"$trees/last/$lineage"
    drop "$new"
    place "$trees/$digest" "$@"
else
    place "$whole" "$@"
    drop "$new"
fi
printf 'done %s\n' "$digest"
