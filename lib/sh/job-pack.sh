
# shellcheck shell=sh disable=SC2154,SC2034 # named elsewhere in the script
# ---- The logs of a sweep's points: those of a block become one file when all of it have ended. ----

# Notes that this point has ended; the last of its block packs the logs. A hundred points' logs are a file that any reader can
# open, and ten thousand points' are no more than a hundred files.
pack_logs() {
    [ "$logs" = packed ] || return 0
    block_of "$number"
    mkdir -p logs && printf '%s %s\n' "$number" "$attempt" >>"logs/$block.ended.$(uname -n)" || return 0
    first=$block
    while [ "${first#0}" != "$first" ]; do first=${first#0}; done
    count=$(($(wc -l <points.tsv) - first + 1))
    [ "$count" -le 100 ] || count=100
    [ "$(cat -- "logs/$block".ended.* | cut -d ' ' -f 1 | sort -u | wc -l)" -ge "$count" ] || return 0
    # Only one can make it, and a block is packed once.
    mkdir -- "logs/$block.packing" 2>/dev/null || return 0
    ended=$(cat -- "logs/$block".ended.*)
    offset=0
    command : >"logs/$block.txt.part" && command : >"logs/$block.index.part" || return 0
    packed=
    while [ "$count" -gt 0 ]; do
        one=$(printf '%05d' "$first")
        first=$((first + 1)) count=$((count - 1))
        if [ -d "points/$one" ] && pack_point; then packed="$packed $one"; fi
    done
    mv -f -- "logs/$block.txt.part" "logs/$block.txt" && mv -f -- "logs/$block.index.part" "logs/$block.index" || return 0
    for one in $packed; do
        rm -f -- "points/$one"/stdout.txt "points/$one"/stderr.txt "points/$one"/slurm.txt "points/$one"/claim.* "points/$one"/restart.* "points/$one/started" \
            "points/$one"/attempt-*/*.txt
        rmdir -- "points/$one"/attempt-* "points/$one" 2>/dev/null
    done
    rm -f -- "logs/$block".ended.*
}

# Adds a point's logs, unless it runs once more at this moment.
pack_point() {
    for file in "points/$one"/claim.*; do
        [ -f "$file" ] || continue
        case "$newline$ended$newline" in *"$newline$one ${file##*.}$newline"*) ;; *) return 1 ;; esac
        printf '%s %s %s\n' "$one" "${file##*/}" "$(cat -- "$file")"
    done >>"logs/$block.index.part" || return 1
    for file in "points/$one"/*.txt "points/$one"/attempt-*/*.txt; do
        [ -f "$file" ] || continue
        size=$(wc -c <"$file")
        cat -- "$file" >>"logs/$block.txt.part" || return 1
        printf '%s %s %d %d\n' "$one" "${file#"points/$one/"}" "$offset" "$size" >>"logs/$block.index.part"
        offset=$((offset + size))
    done
}
