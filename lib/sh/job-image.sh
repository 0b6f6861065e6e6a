
# shellcheck shell=sh disable=SC2154,SC2034 # named elsewhere in the script
# ---- The batch script: the image, from the store. ----

# Whether the job that holds the lock has ended. A lock without a job id is one whose owner died at once, or is about to
# write it; no answer from Slurm is no answer.
builder_is_gone() {
    builder=$(cat "$lock/job" 2>/dev/null)
    if [ -z "$builder" ]; then
        sleep 5
        [ ! -s "$lock/job" ]
    elif listed=$(squeue -h -j "$builder" -t RUNNING,COMPLETING,SUSPENDED -o %A 2>&1); then
        [ -z "$listed" ]
    else
        case $listed in *'Invalid job id'*) true ;; *) false ;; esac
    fi
}

# The image from its layers in the store, under names that are the same in every run.
use_layers() {
    rm -rf -- image.layers
    mkdir -- image.layers || refuse "nothing can be written to $run_dir"
    number=0
    for layer in $layers; do
        [ -f "$store/layers/$layer.sqfs" ] ||
            refuse "a layer of the image ($layer) is no longer in the store $store; submit again to send it"
        ln -s -- "$store/layers/$layer.sqfs" "image.layers/$number.sqfs"
        number=$((number + 1))
    done
    [ "$(cat -- "$store/overlays" 2>/dev/null)" = yes ] || try_overlays
}

# Whether the runtime can put layers upon each other here, found out once and remembered in the store. The program that
# tries it is this host's own, since an image need not have any.
try_overlays() {
    set --
    for folder in /bin /lib /lib64 /usr; do [ ! -d "$folder" ] || set -- "$@" --bind "$folder"; done
    if "$runtime" -s exec --compat "$@" --overlay ./image.layers/0.sqfs:ro ./image.layers/0.sqfs /bin/true \
        >overlays.txt 2>&1; then
        printf 'yes\n' >"$store/overlays.$SLURM_JOB_ID" && mv -f -- "$store/overlays.$SLURM_JOB_ID" "$store/overlays"
        rm -f -- overlays.txt
    else
        printf 'no\n' >"$store/overlays.$SLURM_JOB_ID" && mv -f -- "$store/overlays.$SLURM_JOB_ID" "$store/overlays"
        refuse "$runtime on $(uname -n) cannot run an image from its layers ($(tail -n 1 overlays.txt)); submit once" \
            "more, and the image goes as a SIF (image_format: sif says so in the config)"
    fi
}

# The archive becomes a SIF once; jobs that come meanwhile wait for the one that builds. Whether it still lives is
# Slurm's to say, not the age of its lock.
use_sif() {
    # shellcheck disable=SC2154 # named at the top of the script
    sif=$store/images/$image.sif
    archive=$store/images/$image.tar
    lock=$store/images/$image.lock
    while [ ! -f "$sif" ]; do
        if mkdir -- "$lock" 2>/dev/null; then
            printf '%s\n' "$SLURM_JOB_ID" >"$lock/job"
            if [ -f "$sif" ]; then
                rm -rf -- "$lock"
                break
            fi
            [ -f "$archive" ] || {
                rm -rf -- "$lock"
                refuse "the image $image is no longer in the store $store; submit again to send it"
            }
            say CONVERTING "$(uname -n)"
            work=$store/images/$image.build.$SLURM_JOB_ID
            mkdir -p -- "$work"
            if APPTAINER_TMPDIR=$work APPTAINER_CACHEDIR=$work/cache SINGULARITY_TMPDIR=$work SINGULARITY_CACHEDIR=$work/cache \
                "$runtime" build --force "$work/image.sif" "docker-archive:$archive" >build.txt 2>&1; then
                mv -f -- "$work/image.sif" "$sif"
                rm -f -- "$archive"
            fi
            rm -rf -- "$work" "$lock"
            [ -f "$sif" ] || refuse "the image could not be converted for $runtime on $(uname -n): $(tail -n 1 build.txt)"
        else
            if builder_is_gone; then rm -rf -- "$lock"; else sleep 1; fi
        fi
    done
    ln -sf -- "$sif" image.sif
}
