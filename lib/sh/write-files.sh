# write-files DIR: stdin has a line `MODE NAME BASE64` for each small file. They hold the config and the variables'
# values, so they come by stdin, not as arguments, and appear whole and with their mode or not at all. A file that somebody has made
# beforehand is not written to (-C).
umask 077
set -C
# shellcheck disable=SC3067 # dash, bash, ksh and busybox have -O
[ -O "$1/." ] || {
    echo "the run directory $1 is another user's" >&2
    exit 1
}
while read -r mode name text; do
    rm -f -- "$1/$name.part"
    printf '%s' "$text" | base64 -d >"$1/$name.part" &&
        chmod "$mode" "$1/$name.part" &&
        mv -f -- "$1/$name.part" "$1/$name" || exit 1
done
