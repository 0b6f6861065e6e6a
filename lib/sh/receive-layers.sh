# receive-layers FOLDER PUSH NAME...: takes files into FOLDER of the store, each under its name only when it is whole; its
# digest and size are noted in NAME.sum.
#
# Of each NAME an earlier push left NAME.part; it is claimed by giving it PUSH's name, which only one of several pushes can do.
# Prints `part NAME SIZE SHA256` for those, then `ready`. Then stdin has for each layer a line `NAME OFFSET SIZE`, the bytes
# from OFFSET on, and a line with the SHA-256 of the whole; the answer is `done NAME` or `damaged NAME`. When stdin ends
# early, what came is left as NAME.part for the next push.
set -u
umask 077
push=$2
cd -- "$1" || exit 1
shift 2
claimed=$*
# Of a push whose host went down nobody else cleans up.
find . \( -name '*.part.*' -o -name '*.sum.*' \) -mtime +2 -exec rm -f -- {} + 2>/dev/null

release() {
    for name in $claimed; do
        [ ! -f "$name.part.$push" ] || mv -f -- "$name.part.$push" "$name.part"
    done
    exit "$1"
}

for name; do
    mv -- "$name.part" "$name.part.$push" 2>/dev/null || continue
    size=$(wc -c <"$name.part.$push")
    digest=$(sha256sum <"$name.part.$push")
    printf 'part %s %d %s\n' "$name" "$size" "${digest%% *}"
done
printf 'ready\n'

while read -r name offset total; do
    part=$name.part.$push
    claimed="$claimed $name"
    [ "$offset" -gt 0 ] || : >"$part" || release 1
    # The digest is of what lies there and of what comes now; what tee could not write must not count as received.
    rm -f -- "$part.whole"
    digest=$({
        head -c "$offset" -- "$part"
        head -c $((total - offset)) | tee -a -- "$part" && : >"$part.whole"
    } | sha256sum)
    [ -f "$part.whole" ] || release 1
    rm -f -- "$part.whole"
    read -r wanted || release 1
    [ $(($(wc -c <"$part"))) -eq "$total" ] || release 1
    if [ "${digest%% *}" = "$wanted" ]; then
        printf '%s %d\n' "$wanted" "$total" >"$name.sum.$push" || release 1
        mv -f -- "$name.sum.$push" "$name.sum" || release 1
        mv -f -- "$part" "$name" || release 1
        printf 'done %s\n' "$name"
    else
        rm -f -- "$part"
        printf 'damaged %s\n' "$name"
    fi
done
release 0
