# Carol's shell is tcsh, and it talks at every start, logins and plain commands alike: such accounts exist,
# and what reads a command's output has to live with them.
echo "*** Welcome to the lab, $USER! Read the NEWS. ***"
echo 'You have "0" new $messages;'
set noclobber
set history = 100
alias ls 'ls -F'
alias rm 'rm -i'
