# A SIF from an image's layers in the store: functions for a job, for a job that only builds, and for a login node.
# They use the variables store, image (its digest), sif_layers (the diff ids, the lowest first), runtime and machine's own.
# shellcheck shell=sh disable=SC2154 # named elsewhere

# oci_layout DIR: an OCI layout of the image, whose layers are links into the store. Fails, saying why in `reason`, when a layer is
# not there.
oci_layout() {
    mkdir -p -- "$1/blobs/sha256"
    printf '{"imageLayoutVersion":"1.0.0"}' >"$1/oci-layout"
    list=
    for layer in $sif_layers; do
        file=$store/layers/$layer.tar.gz
        whole "$file" || {
            reason="a layer of the image ($layer) is no longer whole in the store $store; submit again to send it"
            return 1
        }
        read -r digest size <"$file.sum"
        ln -sf -- "$file" "$1/blobs/sha256/$digest"
        list="$list${list:+,}$(describe layer.v1.tar+gzip "$digest" "$size")"
    done
    config=$store/images/$image.json
    [ -s "$config" ] || {
        reason="the description of the image $image is no longer in the store $store; submit again to send it"
        return 1
    }
    config=$(blob "$1" <"$config" config.v1+json)
    manifest=$(printf '{"schemaVersion":2,"config":%s,"layers":[%s]}' "$config" "$list" | blob "$1" manifest.v1+json)
    printf '{"schemaVersion":2,"manifests":[%s]}' "$manifest" >"$1/index.json"
}

# describe TYPE DIGEST SIZE: an OCI descriptor.
describe() {
    printf '{"mediaType":"application/vnd.oci.image.%s","digest":"sha256:%s","size":%d}' "$1" "$2" "$3"
}

# blob DIR TYPE: stdin becomes a blob of the layout DIR; prints its descriptor.
blob() {
    cat >"$1/new"
    digest=$(sha256sum <"$1/new")
    size=$(wc -c <"$1/new")
    mv -f -- "$1/new" "$1/blobs/sha256/${digest%% *}"
    describe "$2" "${digest%% *}" "$size"
}

# squash_args: for mksquashfs, what this job may use, and a compression that takes a third of the time.
squash_args() {
    processors=${SLURM_CPUS_ON_NODE:-${build_processors:-$(nproc)}}
    memory=${SLURM_MEM_PER_NODE:-$((${SLURM_MEM_PER_CPU:-0} * processors))}
    case $memory in '' | 0 | *[!0-9]*) memory=2048 ;; esac
    [ "$memory" -ge 128 ] || memory=128
    printf -- '-processors %d -mem %dM -comp zstd -Xcompression-level 1' "$processors" $((memory / 2))
}

# build_sif LOG: makes the SIF from the layers in the store and names it when it is whole; what the runtime says goes to LOG.
# Fails, saying why in `reason`. All that it needs of room lies beside the store, and goes at the end.
build_sif() {
    work=$store/images/$image.build.${SLURM_JOB_ID:-$(uname -n).$$}
    rm -rf -- "$work"
    mkdir -p -- "$work/tmp" || {
        reason="nothing can be written to the store $store"
        return 1
    }
    reason=
    oci_layout "$work/layout" || {
        rm -rf -- "$work"
        return 1
    }
    # Not every runtime lets mksquashfs be told something, and not every mksquashfs takes it.
    { "$runtime" build --help 2>&1 | grep -q -e --mksquashfs-args && run_build "$1" --mksquashfs-args "$(squash_args)"; } ||
        run_build "$1" || reason=$(tail -n 1 "$1")
    if [ -n "$reason" ]; then
        for layer in $sif_layers; do
            sound "$store/layers/$layer.tar.gz" || {
                rm -f -- "$store/layers/$layer.tar.gz" "$store/layers/$layer.tar.gz.sum"
                reason="a layer of the image ($layer) was damaged in the store; submit again to send it"
            }
        done
    else
        name_sif "$work/image.sif" "$image" || reason="the store $store took no SIF"
    fi
    rm -rf -- "$work"
    [ -z "$reason" ]
}

run_build() {
    log=$1
    shift
    (
        cd -- "$work" || exit 1
        rm -rf image.sif tmp/* cache
        export APPTAINER_TMPDIR="$work/tmp" APPTAINER_CACHEDIR="$work/cache"
        export SINGULARITY_TMPDIR="$work/tmp" SINGULARITY_CACHEDIR="$work/cache"
        "$runtime" build --force "$@" image.sif oci:layout
    ) >"$log" 2>&1
}

# name_sif FILE DIGEST: gives a SIF its place in the store, and notes its own digest and size.
name_sif() {
    noted=$(sha256sum <"$1") || return 1
    printf '%s %d\n' "${noted%% *}" "$(wc -c <"$1")" >"$1.sum" &&
        mv -f -- "$1.sum" "$store/images/$2.sif.sum" && mv -f -- "$1" "$store/images/$2.sif"
}
