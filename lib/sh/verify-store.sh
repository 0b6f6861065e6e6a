# verify-store STORE NAME...: reads files of the store whole and compares their SHA-256 with what was noted when they came. One that
# is not what it was is removed, so that it is sent again, and its name is printed.
# shellcheck shell=sh
cd -- "$1" || exit 1
shift
for name; do
    sound "$name" && continue
    rm -f -- "$name" "$name.sum"
    printf '%s\n' "$name"
done
