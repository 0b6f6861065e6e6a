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
