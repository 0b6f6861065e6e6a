# receive-file NAME: writes stdin to NAME, readable by nobody else, which appears only when it is whole.
umask 077
part=${1%/*}/.docksing-part.$$
cat >"$part" && mv -fT -- "$part" "$1"
