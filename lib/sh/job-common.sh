
# ---- The same for every run from here on. ----
# As Slurm's batch script it claims the run directory, makes the image ready and starts the step; as the step (`job.sh
# task`, once for each task) it starts the container. POSIX sh, coreutils, Slurm, and apptainer or singularity.
# shellcheck shell=sh disable=SC2154,SC2034 # named above, used below
cd -- "$run_dir" || exit 125
# How often Slurm has put the job back into the queue, and the umask that the submission had: the container's, where it has none of
# its own. What this script makes is for nobody else.
case ${docksing_start-} in
"$SLURM_JOB_ID "*) ;;
*)
    docksing_start="$SLURM_JOB_ID ${SLURM_RESTART_COUNT:-0} $(umask)"
    export docksing_start
    ;;
esac
mask=${docksing_start##* } restarts=${docksing_start#* }
restarts=${restarts% *}
umask 077

# overtaken: whether Slurm has started this job once more, as it does when it has lost a node, whose tasks may well go on: they write
# nothing any more. `fence` is a file with the number of the newest start; there is none before the second one.
overtaken() {
    newest=0
    [ ! -f "$fence" ] || read -r newest <"$fence" || return 1
    [ "${newest:-0}" -gt "$restarts" ] 2>/dev/null
}

# take_over: the job was started once more. Ends when a newer start has done so, or when the container has ended since.
take_over() {
    if overtaken; then
        printf 'docksing-shell: Slurm has started job %s once more, so this start of it ends\n' "$SLURM_JOB_ID" >&2
        exit 0
    fi
    [ "$restarts" -gt 0 ] || return 0
    code=$(ended_with)
    [ -z "$code" ] || exit "$code"
    { printf '%s\n' "$restarts" >"$fence.part" && mv -f -- "$fence.part" "$fence"; } ||
        refuse "nothing can be written to $run_dir on $(uname -n)"
    # The tasks before have these files open, and may still write to them. They keep them, and the log goes on in copies.
    for log in stdout.txt stderr.txt; do
        [ ! -f "$point/$log" ] || { cp -- "$point/$log" "$point/$log.part" && mv -f -- "$point/$log.part" "$point/$log"; }
    done
}

# The run cannot go on, and the container never ran: 125, as Docker's own failures.
refuse() {
    say REFUSED 125 "$*"
    printf 'docksing-shell: %s\n' "$*" >&2
    exit 125
}

# The user's own lines (`module load …`) change this script's environment: a login bash runs them, and then this script
# again. What they print is kept apart. Tasks usually inherit the environment; with `export: NONE` they do not.
if [ -n "$setup" ] && [ "${docksing_setup-}" != "$SLURM_JOB_ID" ]; then
    export docksing_setup="$SLURM_JOB_ID"
    # Lines that end with `exit` must not end the job without a word, and the first one that fails is named.
    ! command -v bash >/dev/null || exec bash -l -c "trap 'docksing_code=\$?; [ -n \"\${docksing_failed-}\" ] || export docksing_failed=\"'\\''\$BASH_COMMAND'\\'' ended with \$docksing_code\"' ERR
trap 'export docksing_ended=\$?; exec \"\$0\" \"\$@\" >&8 2>&9 8>&- 9>&-' EXIT
$setup
exec \"\$0\" \"\$@\" >&8 2>&9 8>&- 9>&-" "$PWD/${own-}job.sh" "$@" 8>&1 9>&2 >>"${own-}setup.txt" 2>&1
    docksing_ended='127, since there is no bash,'
fi

# What is to be said of a line of the user's that failed.
setup_failure() {
    printf 'docksing.setup: %s on %s (%s); correct that line, and see %s in the run directory' "$docksing_failed" "$(uname -n)" \
        "$(grep . "${own-}setup.txt" | tail -n 1)" "${own-}setup.txt" | tr '\n' ' '
}

find_runtime() {
    [ -z "${docksing_ended-}" ] ||
        refuse "docksing.setup ended with $docksing_ended on $(uname -n); see ${own-}setup.txt in the run directory"
    if [ -n "$wanted_runtime" ]; then
        runtime=$(command -v -- "$wanted_runtime") || refuse "the runtime $wanted_runtime is not on $(uname -n)"
    else
        runtime=$(command -v apptainer || command -v singularity) ||
            refuse "neither apptainer nor singularity is on $(uname -n); if a module brings it, write docksing:" \
                "{setup: module load apptainer}${docksing_failed:+; $(setup_failure)}"
    fi
    case ${runtime##*/} in *apptainer*) prefix=APPTAINERENV_ ;; *) prefix=SINGULARITYENV_ ;; esac
}
