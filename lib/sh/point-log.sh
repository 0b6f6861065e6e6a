# point-log DIR NUMBER STREAM: prints what a point has written so far: nothing, if it has not begun.
file=$1/points/$2/$3.txt
[ ! -f "$file" ] || exec cat -- "$file"
[ -f "$1/.docksing" ] || {
    echo "there is no run in $1" >&2
    exit 3
}
