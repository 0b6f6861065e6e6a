# Programs in ~/bin come before the system's, in the shells of ssh too: so a test gives this user a login node of its own kind.
PATH=$HOME/bin:$PATH
# A site's own settings, likewise.
[ ! -r ~/bin/rc ] || . ~/bin/rc
