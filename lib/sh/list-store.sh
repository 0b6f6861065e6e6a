# list-store STORE REMOTEDIR: prints `store PATH`, then for whatever lies in the store, that used last first:
#   item KIND NAME BYTES USED REASON   BYTES on the disk (what several share is counted with the first of them), USED in seconds since
#                                      1970, REASON: who needs it, or `-`
# Kinds: layer, sif, archive (an image of which no SIF was made yet), tree (a bind's source), part (something in the making).
# shellcheck disable=SC2154 # set by find_store
set -u
LC_ALL=C
export LC_ALL
resolve "$2"
find_store "$1" "${path%/*}"
printf 'store %s\n' "$store"
[ -d "$store" ] || exit 0
all=$(needs) || exit 1
listed=$(items | sort -k 1,1nr -k 3,3)
[ -n "$listed" ] || exit 0
# The sizes come in the order asked for.
sizes=$(cd -- "$store" && printf '%s\n' "$listed" | cut -d ' ' -f 4 | tr '\n' '\0' |
    du -s --block-size=1 --files0-from=- 2>/dev/null | cut -f 1,2)
printf '%s\n' "$listed" | while read -r used kind name path; do
    size=$(printf '%s\n' "$sizes" | grep -m 1 "	$path\$" | cut -f 1)
    reason=$(needed "$kind" "$name" "$all") || reason=-
    printf 'item %s %s %s %s %s\n' "$kind" "$name" "${size:-0}" "${used:-0}" "$reason"
done
