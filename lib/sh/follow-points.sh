# follow-points DIR LOGS TAIL KNOWN COUNT (JOURNAL OFFSET)... (NUMBER STDOUT_OFFSET STDERR_OFFSET)...
#
# Reports what is new of the sweep in DIR until nobody listens: what points-state reports (KNOWN: the arrays whose points are known;
# COUNT: how many journals follow), and with LOGS=1 the logs of the points that run, each from its beginning, or from the offsets
# given, or from the last TAIL lines (`-`: all; else nothing of those that have ended):
#   out NUMBER LENGTH   err NUMBER LENGTH   the next bytes of a point's stdout, of its stderr
#   from NUMBER O E     its logs are shown from these offsets on
#   end NUMBER          all of its logs is out; comes before the words in the journal that say that it has ended
#   beat                nothing is new; who cannot be told any more ends here, by SIGPIPE
# One wc looks at all files, and one squeue at all arrays; how often, see follow-pace.sh.
# shellcheck disable=SC2154,SC2034 # what the functions of other files give and take
set -u
LC_ALL=C
export LC_ALL
dir=$1 logs=$2 tail=$3 known=$4 count=$5
shift 5
[ -f "$dir/.docksing" ] || exit 3
newline='
'
chunk=262144
journals=
while [ "$count" -gt 0 ]; do
    journals="$journals $1 $2"
    shift 2
    count=$((count - 1))
done
# Whether we are still at what happened before we came.
late=
[ "$tail" = - ] || [ "$logs" = 0 ] || late=1
# The points whose logs are read.
live=
while [ $# -ge 3 ]; do
    live="$live $1"
    eval "out_$1=\$2 err_$1=\$3"
    shift 3
done

# send WORD NUMBER FILE BASE OFFSET SIZE: sends what a log, which begins at BASE in the file, has beyond the offset, a chunk at most;
# leaves the new one in `offset`. Fails when the file is gone meanwhile: packed with others.
send() {
    offset=$5
    length=$(($6 - offset))
    [ "$length" -gt 0 ] || return 0
    if [ "$length" -gt $chunk ]; then length=$chunk more=1; fi
    # Once it is open it may go: what was announced comes.
    {
        printf '%s %s %d\n' "$1" "$2" "$length"
        if [ $(($4 + offset)) = 0 ]; then
            head -c "$length" <&3
        else
            tail -c +$(($4 + offset + 1)) <&3 | head -c "$length"
        fi
    } 3<"$3" || return 1
    news=1
    offset=$((offset + length))
}

# begin NUMBER NAME: leaves in `offset` where the last lines of a log begin.
begin() {
    offset=0
    place_of "$dir" "$1" "$2" || return 0
    [ "$bytes" -gt 0 ] || return 0
    offset=$((bytes - $(tail -c +$((base + 1)) -- "$log" | head -c "$bytes" | tail -n "$tail" | wc -c)))
}

# attend NUMBER: its logs are read from now on.
attend() {
    case " $live " in *" $1 "*) return 0 ;; esac
    live="$live $1"
    eval "out_$1=0 err_$1=0"
}

# finish NUMBER: sends the rest of its logs.
finish() {
    eval "out=\${out_$1:-0} err=\${err_$1:-0}"
    while :; do
        more=
        if place_of "$dir" "$1" stdout.txt; then
            if send out "$1" "$log" "$base" "$out" "$bytes"; then out=$offset; else more=1; fi
        fi
        if place_of "$dir" "$1" stderr.txt; then
            if send err "$1" "$log" "$base" "$err" "$bytes"; then err=$offset; else more=1; fi
        fi
        [ -n "$more" ] || break
    done
    printf 'end %s\n' "$1"
    forget "$1"
}

# forget NUMBER: its logs are not read any more.
forget() {
    case " $live " in *" $1 "*) ;; *) return 0 ;; esac
    rest=
    for other in $live; do [ "$other" = "$1" ] || rest="$rest $other"; done
    live=$rest
    eval "unset out_$1 err_$1"
}

# is_over NUMBER ATTEMPT: whether a later attempt has begun, so that the logs are that one's.
is_over() {
    next=$(($2 + 1))
    [ ! -f "$dir/points/$1/claim.$next" ] || return 0
    [ ! -d "$dir/points/$1" ] || return 1
    block_of "$1"
    # Looked up once for all points of a block.
    eval "later=\${later_$block-none}"
    if [ "$later" = none ]; then
        later=$(sed -n 's/^\([0-9]*\) claim\.\([2-9]\|[1-9][0-9][0-9]*\) .*/\1.\2/p' "$dir/logs/$block.index" 2>/dev/null) || later=
        [ ! -f "$dir/logs/$block.index" ] || eval "later_$block=\$later"
    fi
    case "$newline$later$newline" in *"$newline$1.$next$newline"*) return 0 ;; *) return 1 ;; esac
}

# heed FILE OFFSET LENGTH: takes note of which points begin and end in these bytes of a journal, before they are told.
heed() {
    words=$(tail -c +$(($2 + 1)) -- "$1" | head -c "$3" |
        sed -n 's/^[^ ]* \([0-9]*\) \([0-9]*\)\.\([0-9]*\) \(RUNNING\|EXITED\|REFUSED\) .*/\1 \4 \3 \2/p')
    IFS=$newline
    for line in $words; do
        unset IFS
        if is_over "${line%% *}" "${line##* }"; then continue; fi
        case $line in
        # The logs of another attempt begin anew.
        *' RUNNING 0 '*) forget "${line%% *}" && attend "${line%% *}" ;;
        *' RUNNING '*) attend "${line%% *}" ;;
        *) if [ -n "$late" ]; then forget "${line%% *}"; else finish "${line%% *}"; fi ;;
        esac
    done
    unset IFS
}

# Who wants the last lines alone gets those of the points that run now, and nothing of those that have ended.
begin_late() {
    late=
    for number in $live; do
        begin "$number" stdout.txt && out=$offset
        begin "$number" stderr.txt && err=$offset
        eval "out_$number=$out err_$number=$err"
        printf 'from %s %d %d\n' "$number" "$out" "$err"
    done
}

# Tells what is new in the journals.
look_at_journals() {
    # shellcheck disable=SC2086 # words
    sizes=$(wc -c -- "$dir"/events/*.txt 2>/dev/null) || return 0
    place=0
    seen=
    set -f
    IFS=$newline
    # shellcheck disable=SC2086 # a word for each line
    set -- $sizes
    unset IFS
    set +f
    for line; do
        line=${line#"${line%%[! ]*}"}
        size=${line%% *} file=${line#* }
        case $file in "$dir"/*) ;; *) continue ;; esac
        name=${file##*/}
        # shellcheck disable=SC2086
        old=$(offset_of "$name" $journals)
        if [ "$size" -gt "${old%% *}" ]; then
            # shellcheck disable=SC2086
            tell_journal "$file" $place $journals
            from=$offset
            piece "$file" "$from" "$size"
            if [ "$length" -gt 0 ]; then
                news=1
                part=$length
                [ "$logs" = 0 ] || heed "$file" "$from" "$part"
                length=$part
                [ $((from + length)) -ge "$size" ] || more=1
                tell_piece "$file" $place "$from"
                old=$((from + length))
            fi
        fi
        seen="$seen $name $old"
        place=$((place + 1))
    done
    journals=$seen
}

# offset_of NAME (NAME OFFSET)...
offset_of() {
    name=$1
    shift
    while [ $# -ge 2 ]; do
        if [ "$1" = "$name" ]; then
            printf '%s' "$2"
            return
        fi
        shift 2
    done
    printf 0
}

# Tells what the running points have written.
look_at_logs() {
    # shellcheck disable=SC2086 # words
    set -- $live
    [ $# -gt 0 ] || return 0
    files=
    for number; do
        files="$files$dir/points/$number/stdout.txt$newline$dir/points/$number/stderr.txt$newline"
    done
    set -f
    IFS=$newline
    # shellcheck disable=SC2086
    sizes=$(wc -c -- $files /dev/null 2>/dev/null)
    for line in $sizes; do
        unset IFS
        line=${line#"${line%%[! ]*}"}
        size=${line%% *} file=${line#* }
        case $file in "$dir"/points/*/*.txt) ;; *) continue ;; esac
        number=${file%/*} number=${number##*/}
        case $file in
        */stdout.txt)
            eval "offset=\$out_$number"
            [ "$size" -le "$offset" ] || send out "$number" "$file" 0 "$offset" "$size" || :
            eval "out_$number=$offset"
            ;;
        *)
            eval "offset=\$err_$number"
            [ "$size" -le "$offset" ] || send err "$number" "$file" 0 "$offset" "$size" || :
            eval "err_$number=$offset"
            ;;
        esac
    done
    unset IFS
    set +f
}

word=
missed=0
tell_arrays "$dir" "$known"
while :; do
    news='' more=''
    # Somebody removed it, unless a network file system shows it again soon.
    if [ -f "$dir/.docksing" ]; then missed=0; else missed=$((missed + 1)); fi
    [ $missed -lt 10 ] || exit 3
    look_at_journals
    [ -z "$late" ] || [ -n "$more" ] || begin_late
    [ "$logs" = 0 ] || [ -n "$late" ] || look_at_logs
    if [ "$clock" -ge "$due" ] && [ -z "$more" ]; then
        if ask_queue "$dir"; then
            tell_queue
            if [ "$answer" != "$word" ]; then word=$answer changed=$clock; fi
        fi
        ask_later
    fi
    rest
done
