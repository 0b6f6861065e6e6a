
# ---- The same for every run from here on. ----
# As Slurm's batch script it claims the run directory, makes the image ready and starts the step; as the step (`job.sh
# task`, once for each task) it starts the container. POSIX sh, coreutils, Slurm, and apptainer or singularity.
# shellcheck shell=sh disable=SC2154,SC2034 # named above, used below
cd -- "$run_dir" || exit 125
point=points/00000

say() { printf '%s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$*" >>"$point/state"; }

# The run cannot go on, and the container never ran: 125, as Docker's own failures.
refuse() {
    say REFUSED 125 "$*"
    printf 'docksing-shell: %s\n' "$*" >&2
    exit 125
}

find_runtime() {
    runtime=$(command -v apptainer || command -v singularity) ||
        refuse "neither apptainer nor singularity is on $(uname -n)"
    case ${runtime##*/} in apptainer) prefix=APPTAINERENV_ ;; *) prefix=SINGULARITYENV_ ;; esac
}
