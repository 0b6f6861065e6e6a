# shellcheck shell=bash
# How one gets in: keys, the password, and an ssh_config that finds them.

# make_keys: once per lab, each written whole or not at all.
make_keys() {
    local keys=$LAB_STATE/keys
    [[ ! -e $keys/done ]] || return 0
    rm -rf "$keys"
    mkdir "$keys"
    ssh-keygen -q -t ed25519 -N '' -C lab -f "$keys/id_ed25519"
    ssh-keygen -q -t ed25519 -N '' -C lab-host -f "$keys/ssh_host_ed25519_key"
    ssh-keygen -q -t rsa -b 2048 -N '' -C lab-host -f "$keys/ssh_host_rsa_key"
    (umask 077 && head -c 1024 /dev/urandom > "$keys/munge.key")
    # Whoever reaches the bridge from this machine could try, so it is a new one for each lab.
    (umask 077 && head -c 64 /dev/urandom | base64 -w 0 | tr -dc a-zA-Z0-9 | head -c 16 > "$keys/password")
    : > "$keys/done"
}

write_access() {
    local ssh=$LAB_STATE/ssh login
    login=$(address_of login)
    mkdir -p "$ssh"
    cp "$LAB_STATE/keys/id_ed25519" "$LAB_STATE/keys/id_ed25519.pub" "$ssh/"
    awk -v a="$login" '{ print a, $1, $2 }' "$LAB_STATE/keys/"ssh_host_*_key.pub > "$ssh/known_hosts"
    : > "$ssh/known_hosts-unknown"
    ssh_config > "$ssh/config"
    env_lines > "$ssh/env"
    chmod 600 "$ssh/id_ed25519" "$ssh/env"
    chown -R "$LAB_OWNER" "$ssh"
}

ssh_config() {
    cat << END
# The lab's login host, for ssh -F. Written by lab/up.
# By key, as alice; with a shell and an rc file that get in the way, as carol.
Host lab
    User alice
Host lab-carol
    User carol
# With programs of their own before the system's: a site with its own sbatch, and a login node that lies.
Host lab-bob
    User bob
Host lab-mallory
    User mallory
# By password only, by keyboard-interactive only (LAB_PASSWORD).
Host lab-password
    User alice
    PubkeyAuthentication no
    KbdInteractiveAuthentication no
    PreferredAuthentications password
Host lab-keyboard
    User alice
    PubkeyAuthentication no
    PasswordAuthentication no
    PreferredAuthentications keyboard-interactive
# A host whose key nobody has seen.
Host lab-unknown
    User alice
    UserKnownHostsFile "$LAB_STATE/ssh/known_hosts-unknown"
Host lab lab-*
    HostName $(address_of login)
    IdentityFile "$LAB_STATE/ssh/id_ed25519"
    IdentitiesOnly yes
    IdentityAgent none
    UserKnownHostsFile "$LAB_STATE/ssh/known_hosts"
    GlobalKnownHostsFile /dev/null
END
}

env_lines() {
    printf 'export DOCKER_HOST=%q\n' "unix://$LAB_SOCKET"
    printf 'export DOCKSING_SSH_CONFIG=%q\n' "$LAB_STATE/ssh/config"
    printf 'export LAB_SSH=alice@lab\n'
    printf 'export LAB_KEY=%q\n' "$LAB_STATE/ssh/id_ed25519"
    printf 'export LAB_PASSWORD=%q\n' "$(< "$LAB_STATE/keys/password")"
    printf 'export LAB_STATE=%q\n' "$LAB_STATE"
    printf 'export LAB_LOGIN_ADDRESS=%q\n' "$(address_of login)"
    if memory_limits; then echo 'export LAB_LIMITS=memory'; else echo 'export LAB_LIMITS='; fi
}
