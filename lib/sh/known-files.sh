# known-files DIR NOTE NOTE_OF_FETCHED: what is known of the bind at DIR, that is NOTE and, when there is one, NOTE_OF_FETCHED.
# Exit codes: 3 there is no NOTE; 4 nothing below DIR changed since NOTE was written, so nothing is to be fetched.
[ -f "$2" ] || exit 3
if [ -d "$1" ] && [ ! -L "$1" ]; then least=1; else least=0; fi
[ -n "$(find "$1" -mindepth $least -cnewer "$2" -print -quit 2>&1)" ] || exit 4
cat -- "$2" || exit 3
[ ! -f "$3" ] || cat -- "$3"
