# submit-build STORE IMAGE SBATCH_OPTION...: submits the script on stdin, which builds IMAGE's SIF in STORE, unless a job that does
# that is queued or running. Prints the job id; what the job says goes to images/IMAGE.txt.
set -u
umask 077
cd -- "$1/images" || exit 1
image=$2
shift 2
cat >"$image.sh.$$" || exit 1
note=$(cat -- "$image.builder" 2>/dev/null)
if [ -n "$note" ] && listed=$(squeue -h -j "$note" -o %A 2>/dev/null) && [ -n "$listed" ]; then
    id=$note
else
    reply=$(sbatch --parsable --job-name=docksing-build --output="$image.txt" "$@" "./$image.sh.$$") || exit
    id=${reply%%;*}
    printf '%s\n' "$id" >"$image.builder.$$" && mv -f -- "$image.builder.$$" "$image.builder"
fi
rm -f -- "$image.sh.$$"
printf '%s\n' "$id"
