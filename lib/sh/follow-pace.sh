# How often those that follow look at files and ask Slurm: less often the longer nothing changes. Times are in tenths of a second.
# Whoever follows sets `news` when it has told something, `more` when there is more to read at once, and `changed` to the clock when
# Slurm has said something new; it asks Slurm when the clock has come to `due`.
# shellcheck shell=sh disable=SC2034,SC2154 # the follower's
clock=0   # what has passed
quiet=0   # since when nothing has changed
changed=0 # when Slurm last said something new
due=0     # when to ask it again
beaten=0  # when we last said anything

# Slurm was asked: says when next.
ask_later() {
    if [ $((clock - changed)) -lt 600 ]; then
        due=$((clock + 20))
    elif [ $((clock - changed)) -lt 6000 ]; then
        due=$((clock + 100))
    else
        due=$((clock + 300))
    fi
}

# rest: until the next look.
rest() {
    if [ -n "$news" ]; then quiet=$clock beaten=$clock; fi
    # Of a log that grows faster than it is read, there is more at once.
    if [ -n "$more" ]; then
        clock=$((clock + 1))
        return 0
    fi
    if [ $((clock - beaten)) -ge 40 ]; then
        printf 'beat\n'
        beaten=$clock
    fi
    # Most news comes soon after other news.
    if [ $((clock - quiet)) -lt 50 ]; then
        sleep 0.2
        clock=$((clock + 2))
    elif [ $((clock - quiet)) -lt 6000 ]; then
        sleep 0.5
        clock=$((clock + 5))
    else
        sleep 1
        clock=$((clock + 10))
    fi
}
