# write-files DIR: stdin has a line `MODE NAME BASE64` for each small file. They hold the config and the variables'
# values, so they come by stdin, not as arguments, and appear whole and with their mode or not at all.
umask 077
while read -r mode name text; do
    printf '%s' "$text" | base64 -d >"$1/$name.part" &&
        chmod "$mode" "$1/$name.part" &&
        mv -f -- "$1/$name.part" "$1/$name" || exit 1
done
