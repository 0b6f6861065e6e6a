# Where the logs of a sweep's points lie: functions for its jobs and for those who read them.
# shellcheck shell=sh disable=SC2034,SC2154 # for who calls
#
# While a point runs they are files of its own in points/NNNNN. When all points of a block of 100 have ended, their logs become one
# file, logs/NNNNN.txt (the block's first number), with an index: lines `NUMBER NAME OFFSET LENGTH`, and `NUMBER claim.ATTEMPT TASK`.
# Files of its own come first: a point that runs once more after that writes new ones.

# block_of NUMBER: leaves in `block` the name of the point's block.
block_of() {
    # Without the zeros, which would make it octal.
    block=$1
    while [ "${block#0}" != "$block" ]; do block=${block#0}; done
    block=$(((block - 1) / 100 * 100 + 1))
    # Without printf, which would be a process for each point.
    while [ ${#block} -lt 5 ]; do block=0$block; done
}

# place_of DIR NUMBER NAME: leaves in `log` where a log of a point lies, from which byte on in `base`, and in `bytes` how long it is.
# Fails when there is none.
place_of() {
    log=$1/points/$2/$3 base=0
    [ -f "$log" ] && bytes=$(wc -c 2>/dev/null <"$log") && return 0
    block_of "$2"
    # The index is whole when it has its name, and the files go after that.
    packed=$(grep -m 1 "^$2 $3 " -- "$1/logs/$block.index" 2>/dev/null) || {
        bytes=0
        return 1
    }
    log=$1/logs/$block.txt
    packed=${packed#"$2 $3 "}
    base=${packed% *} bytes=${packed#* }
    # What is no number would be evaluated by bash and ksh.
    case $base/$bytes in
    */*/* | /* | */ | *[!0-9/]* | ???????????????????*/* | */???????????????????*)
        base=0 bytes=0
        return 1
        ;;
    esac
}
