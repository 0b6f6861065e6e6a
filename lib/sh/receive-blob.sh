# receive-blob PART: writes stdin to PART and prints its SHA-256, for the sender to compare.
# The digest is taken on the way in; what tee could not write must not count as received.
umask 077
rm -f -- "$1.whole"
{ tee -- "$1" && : >"$1.whole"; } | sha256sum
if [ -f "$1.whole" ]; then
    rm -f -- "$1.whole"
else
    rm -f -- "$1"
    exit 1
fi
