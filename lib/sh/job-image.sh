
# shellcheck shell=sh disable=SC2154,SC2034 # named elsewhere in the script
# ---- The batch script: the image, from the store. ----

# The image from its layers in the store, under names that are the same in every run.
use_layers() {
    fresh_folder "${own}image.layers" || refuse "nothing can be written to $run_dir"
    place=0
    for layer in $layers; do
        whole "$store/layers/$layer" ||
            refuse "a layer of the image ($layer) is no longer whole in the store $store; submit again to send it"
        make_link "$store/layers/$layer" "${own}image.layers/$place.sqfs"
        place=$((place + 1))
    done
    try_overlays "./${own}image.layers/0.sqfs" "$store/overlays" || {
        refuse_damaged
        refuse "$runtime on $(uname -n) cannot run an image from its layers ($complaint); submit once" \
            "more, and the image goes as a SIF (image_format: sif says so in the config)"
    }
}

# Whoever holds the lock builds. It is a link whose target is a job id, which is made whole or not at all; one that takes over
# from a job that ended makes a link that is named after that one, which only one can do.
holder() {
    held=$lock
    builder=$(readlink -- "$held") || return 1
    while next=$(readlink -- "$lock.$builder"); do builder=$next; done
}

# Whether the job that holds the lock has ended, which is Slurm's to say, not the age of its lock. No answer is no answer.
builder_is_gone() {
    if listed=$(squeue -h -j "$builder" -t RUNNING,COMPLETING,SUSPENDED -o %A 2>&1); then
        [ -z "$listed" ]
    else
        case $listed in *'Invalid job id'*) true ;; *) false ;; esac
    fi
}

# take_lock: whether it is this job's to build; else another job is at it.
take_lock() {
    ln -s -T -- "$SLURM_JOB_ID" "$lock" 2>/dev/null && return 0
    holder || return 1
    # A job that Slurm put back into the queue comes again.
    [ "$builder" != "$SLURM_JOB_ID" ] || return 0
    # Two hundred jobs must not ask Slurm every second.
    waited=$((waited + 1))
    [ $((waited % 15)) -eq 3 ] && builder_is_gone &&
        ln -s -T -- "$SLURM_JOB_ID" "$lock.$builder" 2>/dev/null && rm -rf -- "$store/images/$image.build.$builder"
}

# The layers become a SIF once; jobs that come meanwhile wait for the one that builds.
use_sif() {
    sif=$store/images/$image.sif
    lock=$store/images/$image.lock
    waited=0
    failed=$store/images/$image.failed
    while ! whole "$sif"; do
        [ -n "$sif_layers" ] ||
            refuse "the image $image is no longer whole in the store $store; submit again to send it"
        if [ "$build" = separate ] && ! holder; then
            refuse "the job that was to build the image left none: $(tail -n 1 "$store/images/$image.txt" 2>/dev/null)"
        fi
        # Who waited for a build that failed does not try the same again.
        if [ $waited -gt 0 ] && [ -s "$failed" ] && ! holder; then
            refuse "the image could not be converted for $runtime: $(cat -- "$failed")"
        fi
        if take_lock; then
            rm -f -- "$failed"
            # The last one may have ended between our looks.
            if ! whole "$sif"; then
                say CONVERTING "$(uname -n)"
                build_sif "${own}build.txt" || printf '%s\n' "$reason" >"$failed"
            fi
            rm -f -- "$lock" "$lock".*
            whole "$sif" || refuse "the image could not be converted for $runtime on $(uname -n): $(cat -- "$failed")"
        else
            sleep 1
        fi
    done
    make_link "$sif" "${own}image.sif"
    # An upgrade may have taught this runtime what it could not do before: the next push asks.
    glue=$store/layers/$base
    ! whole "$glue" || try_overlays "$glue" "$store/overlays" || :
}

# After a container that could not be started, or ended as programs do whose files are damaged: takes damaged files of the image
# out of the store, so that they are sent again.
refuse_damaged() {
    damaged=
    for file in "${own}image.layers"/*.sqfs "${own}image.sif"; do
        file=$(readlink -- "$file") || continue
        sound "$file" && continue
        rm -f -- "$file" "$file.sum" "$store/overlays"
        damaged="$damaged ${file##*/}"
    done
    [ -z "$damaged" ] || refuse "the image was damaged in the store $store ($damaged); submit again to send that anew"
}
