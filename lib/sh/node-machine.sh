# node-machine PARTITION: the processor of a node of PARTITION (of the default one when it is empty), as `uname -m` names it; nothing
# when Slurm does not say.
found=
while read -r partition nodes; do
    case $partition in
    *'*') found=$nodes ;;
    *) [ -z "$1" ] || found=$nodes ;;
    esac
    [ -z "$found" ] || break
done <<END
$(sinfo -h ${1:+-p "$1"} -o '%P %N' 2>/dev/null)
END
[ -n "$found" ] || exit 0
node=$(scontrol show hostnames "$found" 2>/dev/null | head -n 1)
scontrol show node "$node" 2>/dev/null | sed -n 's/.*Arch=\([^ ]*\).*/\1/p' | head -n 1
