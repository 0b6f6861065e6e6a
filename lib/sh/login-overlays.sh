# login-overlays STORE BASE: prints `no` and why, when the runtime of this host cannot lay squashfs files upon each other; nothing when
# it can, or when there is no runtime. What a compute node finds out counts more: see job-image.sh.
# shellcheck shell=sh disable=SC2154,SC2034 # named in overlays.sh, and used there
umask 077
runtime=$(command -v -- "${wanted_runtime:-apptainer}" || command -v -- "${wanted_runtime:-singularity}") || exit 0
try_overlays "$1/layers/$2" "$1/overlays.login" || printf 'no %s\n' "$complaint"
