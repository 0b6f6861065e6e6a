# check-queue DIR SBATCH_OPTION...: what Slurm would do with a job of these options (sbatch --test-only: nothing is submitted), the
# free space where DIR is to be made, in KiB, and the user's quota there as the site tells it. KEY=VALUE lines.
dir=$1
shift
answer=$(printf '#!/bin/sh\n' | sbatch --test-only "$@" 2>&1)
code=$?
printf 'code=%d\n' $code
printf '%s\n' "$answer" | tail -n 3 | while read -r line; do printf 'slurm=%s\n' "$line"; done
while [ ! -d "$dir" ]; do dir=${dir%/*} dir=${dir:-/}; done
printf 'free=%s\n' "$(df -Pk -- "$dir" 2>/dev/null | tail -n 1 | { read -r _ _ _ free _ && printf '%s' "$free"; })"
if [ -w "$dir" ]; then printf 'writable=%s\n' "$dir"; else printf 'locked=%s\n' "$dir"; fi
