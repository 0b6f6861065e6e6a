# run-states (DIR JOB)...: for each run a line `=` with Slurm's word on its job (empty: no answer), then the lines of its state file,
# each behind a space. Slurm is asked once for all of them.
# shellcheck disable=SC2154 # set by eval
set -u
umask 077
count=0
while [ $# -ge 2 ]; do
    eval "dir_$count=\$1 job_$count=\$2"
    count=$((count + 1))
    shift 2
done

# states DIR: the end of the run's state file, if it is one. A run directory may be anybody's, and have a pipe or a device there.
states() { [ -f "$1/points/00000/state" ] && tail -c 1048576 -- "$1/points/00000/state" 2>/dev/null; }

# Whether a job whose last words are due has not written them yet, as far as one can see from here.
lags() {
    case $1 in
    FAILED* | COMPLETED* | none) ;;
    *) return 1 ;;
    esac
    case $(states "$2" | tail -n 1) in
    *' RUNNING '* | *' CONVERTING '* | *' SUBMITTED '*) true ;;
    *) false ;;
    esac
}

# each COMMAND: runs it for each run, with `dir`, `job`, and Slurm's word in `word`.
each() {
    run=0
    while [ $run -lt $count ]; do
        eval "dir=\$dir_$run job=\$job_$run"
        word=
        [ -z "$answered" ] || own_word "$job" "$dir"
        "$1"
        run=$((run + 1))
    done
}

name_job() { jobs="$jobs $job"; }
note_lag() { ! lags "$word" "$dir" || lagging=1; }
note() { note_end "$dir" "$job"; }
show() {
    printf '=%s\n' "$word"
    states "$dir" | sed 's/^/ /'
}

answered='' jobs=''
each name_job
# shellcheck disable=SC2086 # numbers
if queue_words $jobs; then answered=1; fi
# A job writes its last words before Slurm knows that it has ended; they may still be on their way through the file system.
for _ in 1 2 3; do
    lagging=
    each note_lag
    [ -n "$lagging" ] || break
    sleep 0.7
done
# What Slurm will have forgotten when the next one asks is written down.
each note
each show
