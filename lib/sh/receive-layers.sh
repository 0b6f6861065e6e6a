# receive-layers FOLDER PUSH: takes files into FOLDER of the store, each under its name only when it is whole; its digest and
# size are noted in NAME.sum.
#
# stdin has lines, and the bytes that they announce:
#   claim NAME               what an earlier push left of NAME (`NAME.part`) is ours from now on; the answer is
#                            `part NAME SIZE SHA256`, with SIZE 0 when there is nothing. It gets PUSH's name, which only one of
#                            several pushes can give it.
#   layer NAME OFFSET SIZE   the bytes from OFFSET on follow, and a line with the SHA-256 of the whole; the answer is
#                            `done NAME` or `damaged NAME`
# When stdin ends early, what came is left as NAME.part for the next push.
set -u
umask 077
push=$2
cd -- "$1" || exit 1
claimed=
# Of a push whose host went down nobody else cleans up.
find . \( -name '*.part.*' -o -name '*.sum.*' \) -mtime +2 -exec rm -f -- {} + 2>/dev/null

release() {
    for name in $claimed; do
        [ ! -f "$name.part.$push" ] || mv -f -- "$name.part.$push" "$name.part"
    done
    exit "$1"
}

# When the connection is gone, an answer must not end us before what came is given back.
trap '' PIPE
trap 'release 1' HUP TERM
answer() { printf '%s\n' "$*" 2>/dev/null || release 1; }

# Makes what is left of NAME ours: what its push gave back, or else what has not grown for so long that its push is dead.
claim() {
    mv -- "$1.part" "$1.part.$push" 2>/dev/null && return
    left=$(find . -name "$1.part.*" -mmin +10 2>/dev/null | head -n 1)
    [ -n "$left" ] && mv -- "$left" "$1.part.$push" 2>/dev/null
}

while read -r what name offset total; do
    part=$name.part.$push
    if [ "$what" = claim ]; then
        if claim "$name"; then
            claimed="$claimed $name"
            size=$(wc -c <"$part")
            digest=$(sha256sum <"$part")
            answer part "$name" $((size)) "${digest%% *}"
        else
            answer part "$name" 0 -
        fi
        continue
    fi
    claimed="$claimed $name"
    [ "$offset" -gt 0 ] || command : >"$part" || release 1
    # The digest is of what lies there and of what comes now; what tee could not write must not count as received.
    rm -f -- "$part.whole"
    digest=$({
        head -c "$offset" -- "$part"
        head -c $((total - offset)) | tee -a -- "$part" && command : >"$part.whole"
    } | sha256sum)
    [ -f "$part.whole" ] || release 1
    rm -f -- "$part.whole"
    read -r wanted || release 1
    [ $(($(wc -c <"$part"))) -eq "$total" ] || release 1
    if [ "${digest%% *}" = "$wanted" ]; then
        printf '%s %d\n' "$wanted" "$total" >"$name.sum.$push" || release 1
        mv -f -- "$name.sum.$push" "$name.sum" || release 1
        mv -f -- "$part" "$name" || release 1
        answer "done" "$name"
    else
        rm -f -- "$part"
        answer damaged "$name"
    fi
done
release 0
