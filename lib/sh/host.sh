# What this host is: one KEY=VALUE a line, empty when there is none.
# POSIX sh and coreutils; runs on the login node.
found() { command -v "$1" 2>/dev/null || :; }
printf 'home=%s\n' "$HOME"
printf 'user=%s\n' "$(id -un)"
printf 'machine=%s\n' "$(uname -m)"
printf 'scratch=%s\n' "${SCRATCH-}"
printf 'sbatch=%s\n' "$(found sbatch)"
printf 'slurm=%s\n' "$(sbatch --version 2>/dev/null || :)"
printf 'apptainer=%s\n' "$(found apptainer)"
printf 'singularity=%s\n' "$(found singularity)"
printf 'tar=%s\n' "$(found tar)"
printf 'sha256sum=%s\n' "$(found sha256sum)"
# The first tool that is BusyBox's or another system's, which cannot do what these scripts ask for.
other=
case $(tar --version 2>/dev/null) in *'GNU tar'*) ;; *) other='tar' ;; esac
[ "$(find / -maxdepth 0 -printf x 2>/dev/null)" = x ] || other='find'
[ "$(printf 'b\0a\0' | sort -z 2>/dev/null | tr '\0' ' ')" = 'a b ' ] || other='sort'
printf 'other=%s\n' "$other"
