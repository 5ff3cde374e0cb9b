# shellcheck shell=bash
# A private nats-server with nats/nats-server.conf and the settings of a run.

# nats_start: in `dir`, with the run's settings in the environment.
nats_start() {
    local port=${HANSARD_NATS_LISTEN##*:} i
    # In quotes: it reads its variables as values of its language, and a path may hold spaces.
    HANSARD_NATS_STORE="\"$HANSARD_NATS_STORE\"" start_process nats-server nats-server -c "$root/nats/nats-server.conf"
    for ((i = 0; i < 200; i++)); do
        if port_taken "$port"; then return; fi
        process_pid nats-server >/dev/null || break
        sleep 0.05
    done
    tail -n 20 "$dir/nats-server.log" >&2
    die "nats-server did not start; its log: $dir/nats-server.log"
}
