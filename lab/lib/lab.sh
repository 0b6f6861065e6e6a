# shellcheck shell=bash
# Sources the lab's parts, in order. The sourcing command has set LAB_HOME, the folder of the commands.
# shellcheck source=common.sh
. "$LAB_HOME/lib/common.sh"
# shellcheck source=packages.sh
. "$LAB_HOME/lib/packages.sh"
# shellcheck source=tree.sh
. "$LAB_HOME/lib/tree.sh"
# shellcheck source=checks.sh
. "$LAB_HOME/lib/checks.sh"
# shellcheck source=hosts.sh
. "$LAB_HOME/lib/hosts.sh"
# shellcheck source=docker.sh
. "$LAB_HOME/lib/docker.sh"
# shellcheck source=access.sh
. "$LAB_HOME/lib/access.sh"
