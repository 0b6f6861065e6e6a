# write-points DIR FOLDER...: makes the folders below DIR, then writes what stdin has: a line `MODE NAME BASE64` for each file, whole
# and with its mode or not at all, as write-files does. The arrays' job scripts come last: an array without one is unfinished.
umask 077
set -C
dir=$1
shift
# shellcheck disable=SC3067 # dash, bash, ksh and busybox have -O
[ -O "$dir/." ] || {
    echo "the run directory $dir is another user's" >&2
    exit 1
}
for folder; do
    mkdir -p -- "$dir/$folder" || exit 1
done
# What the points write is newer than this, and nothing of it was here before.
[ -f "$dir/sent/.points" ] || command : >"$dir/sent/.points" || exit 1
while read -r mode name text; do
    rm -f -- "$dir/$name.part"
    printf '%s' "$text" | base64 -d >"$dir/$name.part" &&
        chmod "$mode" "$dir/$name.part" &&
        mv -f -- "$dir/$name.part" "$dir/$name" || exit 1
done
# An array keeps what its points read, whatever is sent to the run directory afterwards.
for folder; do
    [ -d "$dir/$folder/binds" ] || continue
    for bind in "$dir"/sent/*; do
        bind=$dir/${bind##*/sent/}
        if [ -L "$bind" ]; then
            cp -P -- "$bind" "$dir/$folder/binds/" || exit 1
        elif [ -e "$bind" ]; then
            ln -s -- "$bind" "$dir/$folder/binds/" || exit 1
        fi
    done
done
