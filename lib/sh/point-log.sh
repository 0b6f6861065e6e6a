# point-log DIR NUMBER STREAM LINES: prints what a point has written so far, or only its last LINES if they are given:
# nothing, if it has not begun.
# shellcheck disable=SC2154 # place_of's
last() { if [ -n "$1" ]; then tail -n "$1"; else cat; fi; }
for _ in 1 2; do
    if place_of "$1" "$2" "$3.txt"; then
        # A file that is gone meanwhile was packed with others.
        { tail -c +$((base + 1)) <&3 | head -c "$bytes" | last "$4"; } 3<"$log" && exit 0
    fi
done 2>/dev/null
[ -f "$1/.docksing" ] || {
    echo "there is no run in $1" >&2
    exit 3
}
