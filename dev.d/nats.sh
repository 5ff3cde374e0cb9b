# shellcheck shell=bash
# A private nats-server with nats/nats-server.conf and the settings of a run, as the user that PostgreSQL has.

# nats_start HOME: in `dir`, with the run's settings in the environment. HOME is a folder that its user can reach; it cannot
# reach root's checkout, nor a wheel of root's.
nats_start() {
    local home=$1 port=${HANSARD_NATS_LISTEN##*:} user program as=() i
    user=$(pg_user)
    program=$(command -v nats-server)
    install -m 0400 ${user:+-o "$user"} "$root/nats/nats-server.conf" "$home/nats-server.conf"
    mkdir -p -m 0700 "$HANSARD_NATS_STORE"
    if [ -n "$user" ]; then
        # Not by runuser, which would stay between: the process is known by the id that it was started with.
        as=(setpriv --reuid "$(id -u "$user")" --regid "$(id -g "$user")" --clear-groups)
        # One just made, or one of a broker that ran as root.
        if [ "$(stat -c %U "$HANSARD_NATS_STORE")" != "$user" ]; then chown -R "$user" "$HANSARD_NATS_STORE"; fi
        if ! as_pg test -x "$program"; then
            install -m 0755 "$program" "$home/nats-server"
            program=$home/nats-server
        fi
    fi
    # In quotes: it reads its variables as values of its language, and a path may hold spaces.
    HANSARD_NATS_STORE="\"$HANSARD_NATS_STORE\"" start_process nats-server "${as[@]}" "$program" -c "$home/nats-server.conf"
    for ((i = 0; i < 200; i++)); do
        if port_taken "$port"; then return; fi
        process_pid nats-server >/dev/null || break
        sleep 0.05
    done
    tail -n 20 "$dir/nats-server.log" >&2
    die "nats-server did not start; its log: $dir/nats-server.log"
}
