# pull-image STORE REFERENCE FRESH: pulls REFERENCE from its registry on this host into STORE as a SIF, unless it was pulled before
# (FRESH is 1 to ask the registry all the same). Prints the digest, which the SIF is named after.
# shellcheck shell=sh
set -u
umask 077
store=$1
runtime=$(command -v -- "${wanted_runtime:-apptainer}" || command -v -- "${wanted_runtime:-singularity}") || {
    echo "${wanted_runtime:-apptainer or singularity} is not on $(uname -n)" >&2
    exit 3
}
mkdir -p -- "$store/images" "$store/refs" || exit 1
ref=$(printf '%s' "$2" | sha256sum)
ref=$store/refs/${ref%% *}
digest=$(readlink -- "$ref")
if [ "$3" != 1 ] && [ -n "$digest" ] && whole "$store/images/$digest.sif"; then
    printf '%s\n' "$digest"
    exit
fi
work=$store/images/pull.$(uname -n).$$
mkdir -p -- "$work/tmp" || exit 1
export APPTAINER_TMPDIR="$work/tmp" APPTAINER_CACHEDIR="$work/cache" SINGULARITY_TMPDIR="$work/tmp" SINGULARITY_CACHEDIR="$work/cache"
# It is a login node, and others work there too.
nice -n 19 "$runtime" pull --force "$work/image.sif" "docker://$2" >"$work/log" 2>&1 || {
    grep -v '^INFO' "$work/log" | tail -n 1 >&2
    rm -rf -- "$work"
    exit 1
}
digest=$(sha256sum <"$work/image.sif")
digest=${digest%% *}
name_sif "$work/image.sif" "$digest" && ln -s -- "$digest" "$work/ref" && mv -f -T -- "$work/ref" "$ref"
code=$?
rm -rf -- "$work"
[ $code -ne 0 ] || printf '%s\n' "$digest"
exit $code
