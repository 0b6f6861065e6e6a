# Files of the store: functions for the scripts that use them.

# whole FILE: whether FILE is there, in the size that was noted when it came. What a site's purge took, or a full disk or a
# crash of the file system cut short, shows in this; the size costs nothing to ask.
whole() {
    [ -f "$1" ] && [ -f "$1.sum" ] && read -r _ noted <"$1.sum" && [ "$(wc -c <"$1")" -eq "${noted:-0}" ]
}

# sound FILE: whether FILE is what came, byte for byte; it reads all of it.
sound() {
    whole "$1" && read -r noted _ <"$1.sum" && [ "$(sha256sum <"$1")" = "$noted  -" ]
}

# await_prune: waits until nobody frees space in the store. Whoever has noted what it needs calls this before it looks for it: a prune
# that begins later reads the note, and what an earlier one has put aside is in its place again. One that has died is not waited for.
# shellcheck disable=SC2154 # the store is named elsewhere
await_prune() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        [ -n "$(find "$store" -maxdepth 1 -name '.pruning.*' -mmin -2 2>/dev/null)" ] || return 0
        sleep 1
    done
}
