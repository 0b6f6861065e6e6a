# receive-file NAME: writes stdin to NAME, readable by nobody else, which appears only when it is whole.
umask 077
cat >"$1.part" && mv -f -- "$1.part" "$1"
