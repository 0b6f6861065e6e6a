# commit-blob PART NAME: gives a verified blob its name, in one step.
mv -f -- "$1" "$2"
