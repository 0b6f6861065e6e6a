# prepare-run REMOTEDIR RUN_ID SUBMISSION STORE IMAGE AGAIN LAYER...
#
# Makes the run directory (its parents too) and the store, or says whose the directory is. It is claimed by the marker
# `.docksing` in it, which only one of several shells can give its name, whole. Others cannot read what is made here,
# whatever the umask is. Prints KEY=VALUE lines:
#   status  new | resume | submitted | different | foreign
#   dir, store, id (of the run that is there), job (its job id, if one was submitted), image (sif | none)
#   layer and part, for each LAYER that the store has, whole or not; overlays (yes | no, and the runtime that said so)
#   of, the run directory as it was asked for, which is another one when --again has made REMOTEDIR-2, -3 ...
#   exposed, a folder above it in which others can put another one in its place (when a run is made or taken up)
# RUN_ID is empty when only a look is wanted; AGAIN is 1 for the next free REMOTEDIR-2, -3 ..., and `newest` for a look at the
# last of them that has a job.
# shellcheck disable=SC2154 # set by resolve and find_store
set -u
umask 077
me=$(id -un)

# is_run DIR: whether DIR is a run directory, and this user's own where something is to be written to it.
is_run() {
    [ -f "$1/.docksing" ] || return 1
    # Its identity becomes the name of a file in the store.
    case $(marker "$1" id) in '' | *[!0-9A-Za-z_-]*) return 1 ;; esac
    [ -z "$run_id" ] || { is_own "$1" && [ -O "$1/.docksing" ] && [ ! -L "$1/.docksing" ]; }
}

# is_own DIR: whether DIR is this user's, and so what is in it.
# shellcheck disable=SC3067 # dash, bash, ksh and busybox have -O
is_own() { [ -O "$1/." ]; }

# What DIR is to us: absent (or empty, which is as good), ours, or foreign. What a claim left that was cut short is nothing.
standing() {
    if is_run "$1"; then
        echo ours
    elif [ -d "$1" ]; then
        # shellcheck disable=SC2010 # of any name
        if ls -A -- "$1" 2>/dev/null | grep -qv '^\.docksing-claim\.'; then echo foreign; else echo absent; fi
    elif [ -e "$1" ] || [ -L "$1" ]; then
        echo foreign
    else
        echo absent
    fi
}

# claim DIR: writes the marker, unless another shell was quicker.
claim() {
    part=$1/.docksing-claim.$run_id
    printf 'docksing-run 1\nid=%s\nsubmission=%s\nof=%s\n' "$run_id" "$submission" "$first" 2>/dev/null >"$part" || return 1
    # Where a file system has no links, no two shells at the very same moment are told apart.
    ln -T -- "$part" "$1/.docksing" 2>/dev/null || [ -e "$1/.docksing" ] || mv -n -T -- "$part" "$1/.docksing"
    rm -f -- "$1"/.docksing-claim.*
    [ "$(marker "$1" id 2>/dev/null)" = "$run_id" ]
}

# open_to_others DIR: whether somebody else can write to a folder. A group with the user's name has no other members.
open_to_others() {
    # shellcheck disable=SC2012 # of one folder, whose name comes last
    ls -ldL -- "$1" 2>/dev/null | {
        read -r mode _ _ group _
        case $mode in
        ????????w* | ?????w*+) true ;;
        ?????w*) [ "$group" != "$me" ] ;;
        *) false ;;
        esac
    }
}

# exposed DIR: prints the first folder above DIR in which others can rename what is there.
exposed() {
    above=$1
    while [ "$above" != / ]; do
        above=${above%/*}
        above=${above:-/}
        if open_to_others "$above" && [ ! -k "$above" ]; then
            printf '%s\n' "$above"
            break
        fi
    done
}

refuse_open() { refuse "others can write to the run directory $1, so that what runs could be theirs ('chmod go-w' closes it)"; }

marker() { sed -n "s/^$2=//p" "$1/.docksing"; }

# The newest run of the config whose run directory is DIR: DIR itself, or the last one that --again made beside it.
newest() {
    newest=$1
    last=1
    for beside in "$1"-[0-9]*; do
        number=${beside#"$1"-}
        case $number in *[!0-9]* | ??????????*) continue ;; esac
        if [ "$number" -le "$last" ] || [ ! -f "$beside/.docksing" ]; then continue; fi
        [ "$(marker "$beside" of)" = "$1" ] || continue
        [ -s "$beside/job.id" ] || [ -d "$beside/submitting" ] || [ -f "$beside/points.tsv" ] || continue
        newest=$beside last=$number
    done
}

# Whether no job was submitted from DIR yet; else its job is left in `job`.
resumable() {
    job=$(find_job "$1") ||
        refuse "Slurm does not answer, so a job that may have been submitted from $1 cannot be looked for"
    [ -z "$job" ] || [ -s "$1/job.id" ] || ! is_own "$1" ||
        { printf '%s\n' "$job" >"$1/job.id.part" && mv -f -- "$1/job.id.part" "$1/job.id"; }
    [ -z "$job" ]
}

run_id=$2 submission=$3 image=$5 again=$6
resolve "$1"
first=$path
if [ "$again" = newest ]; then
    newest "$first"
    first=$newest
fi
dir=$first
number=1
while :; do
    job=
    what=$(standing "$dir")
    if [ "$what" = absent ] && [ -n "$run_id" ]; then
        # shellcheck disable=SC2174 # the umask is that of the folders above
        mkdir -p -m 700 -- "$dir" || refuse "the run directory $dir cannot be made"
        ! open_to_others "$dir" || refuse_open "$dir"
        # A default ACL of the folder above would be that of all that is made in it.
        chmod 700 -- "$dir" && { setfacl -k -- "$dir" 2>/dev/null || :; }
        if claim "$dir"; then
            status=new
            break
        fi
        [ -f "$dir/.docksing" ] || refuse "nothing can be written to the run directory $dir"
        continue # another shell was quicker: look again
    fi
    if [ "$what" = ours ]; then
        # A sweep's directory takes points as often as one likes; a run of one job and a sweep do not mix.
        kind=$(marker "$dir" submission)
        if [ "$kind" = points ] && { [ "$again" != 1 ] || [ ! -f "$dir/points.tsv" ]; }; then
            case $submission in points | '') status=resume ;; *) status=different ;; esac
            break
        fi
        if [ "$kind" != points ] && [ "$submission" != points ] && resumable "$dir"; then
            status=resume
            break
        fi
    fi
    if [ "$again" = 1 ] && [ "$what" != absent ]; then
        number=$((number + 1))
        dir=$first-$number
        continue
    fi
    status=$what
    if [ "$what" = ours ]; then
        status=different
        [ "$(marker "$dir" submission)" != "$submission" ] || status=submitted
    fi
    break
done

find_store "$4" "${dir%/*}"
shift 6

# A look changes nothing.
case ${run_id:+$status} in
new | resume)
    # shellcheck disable=SC2012 # of one folder
    case $(ls -ldL -- "$dir") in ?????w* | ????????w*) refuse_open "$dir" ;; esac
    # shellcheck disable=SC2015 # whichever failed
    mkdir -p -- "$dir/points/00000" "$dir/sent" "$dir/fetched" "$store/images" "$store/layers" "$store/runs" &&
        chmod 700 -- "$store" ||
        refuse "the store $store cannot be made"
    # What the run needs is noted before it is looked for: whoever frees space in the store reads the notes once more after
    # putting a thing aside, so one of the two sees the other. Notes only grow: another shell may be at the same run.
    note=$store/runs/$(marker "$dir" id)
    # shellcheck disable=SC2015 # whichever failed
    {
        printf 'dir %s\nimage %s\n' "$dir" "$image"
        [ $# = 0 ] || printf 'layer %s\n' "$@"
    } >>"$note" || refuse "nothing can be written to the store $store"
    await_prune
    touch -c -- "$store/images/$image.sif" "$store/images/$image.tar"
    for layer; do touch -c -- "$store/layers/$layer"; done
    ;;
esac

have=none
if [ -n "$image" ] && whole "$store/images/$image.sif"; then have=sif; fi
printf 'status=%s\ndir=%s\nstore=%s\nimage=%s\n' "$status" "$dir" "$store" "$have"
case $status in new | resume) printf 'exposed=%s\n' "$(exposed "$dir")" ;; esac
for layer; do
    if whole "$store/layers/$layer"; then
        printf 'layer=%s\n' "$layer"
    elif [ -f "$store/layers/$layer.part" ]; then
        printf 'part=%s\n' "$layer"
    fi
done
# A compute node's word counts, else the login node's.
for note in "$store/overlays" "$store/overlays.login"; do
    [ -f "$note" ] || continue
    printf 'overlays=%s\n' "$(cat -- "$note")"
    break
done
if [ -f "$dir/.docksing" ]; then
    printf 'id=%s\nof=%s\nsubmission=%s\n' "$(marker "$dir" id)" "$(marker "$dir" of)" "$(marker "$dir" submission)"
    [ -z "$job" ] || printf 'job=%s\n' "$job"
fi
