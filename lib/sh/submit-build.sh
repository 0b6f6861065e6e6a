# submit-build STORE IMAGE SBATCH_OPTION...: submits the script on stdin, which builds IMAGE's SIF in STORE, unless a job that does
# that is queued or running. Prints the job id; what the job says goes to images/IMAGE.txt.
# shellcheck disable=SC2154 # the functions' variables
set -u
cd -- "$1/images" || exit 1
folder=$(pwd -P)
image=$2
shift 2

# find_builder: sets `id` to the job that builds the image, or to nothing.
name=docksing-build-$(printf '%.12s' "$image")
find_builder() {
    id=$(queued_in "$folder" -n "$name") || {
        echo "Slurm does not answer, so a job that may build the image cannot be looked for" >&2
        exit 4
    }
}

find_builder
if [ -z "$id" ]; then
    cat >"$image.sh.$$" || exit 1
    reply=$(umask "$mask" && exec sbatch --parsable --output="$image.txt" "$@" --chdir="$folder" --job-name="$name" "./$image.sh.$$")
    code=$?
    [ $code -ne 0 ] || id=$(printf '%s\n' "$reply" | job_id)
    rm -f -- "$image.sh.$$"
    [ -n "$id" ] || find_builder
    [ -n "$id" ] || exit "$((code > 0 ? code : 1))"
fi
printf '%s\n' "$id"
