
# ---- A job of its own (or, when asked for, the login node) makes the SIF. ----
# shellcheck shell=sh disable=SC2154,SC2034 # named above, and used in sif.sh
umask 077
runtime=$(command -v -- "${wanted_runtime:-apptainer}" || command -v -- "${wanted_runtime:-singularity}") || {
    echo "${wanted_runtime:-apptainer or singularity} is not on $(uname -n)" >&2
    exit 1
}
! whole "$store/images/$image.sif" || exit 0
build_sif "$store/images/$image.log.$$" || {
    cat -- "$store/images/$image.log.$$"
    rm -f -- "$store/images/$image.log.$$"
    printf '%s\n' "$reason"
    exit 1
}
rm -f -- "$store/images/$image.log.$$"
