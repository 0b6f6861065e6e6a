# check-node RUNTIME SETUP DIR SRUN_OPTION...: what a compute node has to run containers, and whether it sees where DIR is to be made: a
# step of some seconds. KEY=VALUE lines.
wanted=$1 setup=$2 dir=$3
shift 3
while [ -n "$dir" ] && [ ! -d "$dir" ]; do dir=${dir%/*}; done
probe=
if [ -n "$dir" ] && probe=$(mktemp "$dir/.docksing-check-XXXXXX" 2>/dev/null); then trap 'rm -f -- "$probe"' EXIT; fi
# shellcheck disable=SC2016,SC2089 # the node's shell expands it
look='
runtime=$(command -v -- "${wanted:-apptainer}" || { [ -z "$wanted" ] && command -v singularity; })
printf "node=%s\nruntime=%s\n" "$(uname -n)" "$runtime"
[ -z "$runtime" ] || printf "version=%s\n" "$("$runtime" --version 2>/dev/null)"
[ -z "$probe" ] || if [ -e "$probe" ]; then echo shared=yes; else echo shared=no; fi
printf "namespaces=%s\n" "$(cat /proc/sys/user/max_user_namespaces 2>/dev/null)"
if [ -n "$runtime" ]; then
    root=$(mktemp -d) && mkdir -p "$root/bin" "$root/dev" "$root/proc" "$root/tmp"
    set --
    for folder in /bin /lib /lib64 /usr; do [ ! -d "$folder" ] || { mkdir -p "$root$folder"; set -- "$@" --bind "$folder"; }; done
    if said=$("$runtime" -s exec --containall --no-home "$@" "$root" /bin/true 2>&1); then
        printf "container=yes\n"
    else
        printf "container=%s\n" "$(printf "%s" "$said" | tail -n 1)"
    fi
    rm -rf -- "$root"
fi'
# shellcheck disable=SC2016 # likewise
start='if [ -n "$setup" ]; then exec bash -l -c "$setup
exec sh -c \"\$look\""; else eval "$look"; fi'
# shellcheck disable=SC2090 # by eval
export wanted setup look probe
# A node that is not free soon is no failure.
srun --job-name=docksing-check --nodes=1 --ntasks=1 --time=2 --immediate=60 --quiet --input=none "$@" sh -c "$start" 2>&1
