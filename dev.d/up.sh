# shellcheck shell=bash
# `./dev up`: from nothing, or from what is left of a run, to a server that answers.

verb_up() {
    local detach=false profile=debug port='' data=()
    while [ $# -gt 0 ]; do
        case $1 in
            --detach) detach=true && shift ;;
            --release) profile=release && shift ;;
            --port) port=$(a_port "${2:-}") || exit 1; shift 2 ;;
            --data) data=(--data "${2:-}") && shift $(($# > 1 ? 2 : 1)) ;;
            *) die "up takes --detach, --release, --port N and --data DIR, not: $1" ;;
        esac
    done
    data_flag "${data[@]}"
    # One that another call has started and waits for is waited for too, below.
    if already_up && ! is_locked; then say_already_up "$port" && return; fi

    need_nats
    started=()
    trap 'give_up' EXIT
    trap 'exit 130' INT TERM HUP
    # Before the lock: a build may take minutes, and cargo has its own.
    build_hansard "$profile"
    make_run
    need_postgres "$(postgres_home)/data"
    load_settings
    choose_addresses "$port"
    # A first start that was killed: it runs, and has nothing in it yet.
    if [ ! -e "$(postgres_home)/made" ]; then stop_one postgres; fi
    start_missing postgres up_postgres
    start_missing nats-server up_nats
    "$hansard" migrate 9>&- || die "the migration failed"
    start_missing hansard up_hansard
    wait_ready
    echo "$profile" >"$dir/profile"
    if [ "$detach" = true ] || [ ${#started[@]} -eq 0 ]; then
        trap - EXIT INT TERM HUP
        unlock_run
        what_to_try
        return
    fi
    # Without a moment in between in which Ctrl-C would leave them behind.
    trap 'stop_following' EXIT
    trap 'exit 0' INT TERM HUP
    unlock_run
    what_to_try
    follow_run
}

# Whether all of the run is there already.
already_up() {
    local name
    [ -e "$dir/env" ] || return 1
    for name in "${processes[@]}"; do process_pid "$name" >/dev/null || return 1; done
}

# say_already_up PORT: fails if it was asked to be elsewhere.
say_already_up() {
    unset "${of_the_caller[@]}"
    load_settings
    if [ -n "$1" ]; then must_be_at "127.0.0.1:$1"; fi
    say "already up: http://$HANSARD_LISTEN (./dev status, ./dev down)"
}

# must_be_at ADDRESS: fails if the server, which runs, is elsewhere by the run's settings.
must_be_at() {
    local there
    there=$(sed -n 's/^HANSARD_LISTEN=//p' "$dir/env")
    [ "$there" = "$1" ] || die "already up, at http://$there: it can move to port ${1##*:} after ./dev down"
}

# start_missing NAME FUNCTION: runs FUNCTION, which starts it, unless it runs.
start_missing() {
    if process_pid "$1" >/dev/null; then return; fi
    started+=("$1")
    "$2"
}

# What this call started goes again if the call does not get through; what ran before is left.
give_up() {
    local name
    trap '' INT TERM HUP
    for name in "${processes[@]}"; do
        case " ${started[*]} " in *" $name "*) stop_one "$name" || true ;; esac
    done
}

# A port that can be listened at.
a_port() {
    case $1 in
        '' | *[!0-9]* | ??????*) ;;
        *) if [ "$1" -ge 1 ] && [ "$1" -le 65535 ]; then echo "$1" && return; fi ;;
    esac
    die "--port needs a number from 1 to 65535, not: $1"
}

# Addresses stay those of the last time where they can; that of the API never moves by itself.
choose_addresses() {
    local listen=${HANSARD_LISTEN:-127.0.0.1:8080} metrics port
    if [ -n "$1" ]; then listen=127.0.0.1:$1; fi
    if process_pid hansard >/dev/null; then
        if [ -n "$1" ]; then must_be_at "$listen"; fi
        # Where it is, not where the caller would have it.
        unset "${of_the_caller[@]}"
        load_settings
    else
        if port_taken "${listen##*:}"; then die "something else listens at $listen: give another port with --port N"; fi
        save_setting HANSARD_LISTEN "$listen"
        save_setting HANSARD_PUBLIC_URL "http://$listen"
        metrics=${HANSARD_METRICS_LISTEN:-127.0.0.1:9090}
        save_setting HANSARD_METRICS_LISTEN "${metrics%:*}:$(port_for HANSARD_METRICS_LISTEN "$metrics")"
    fi
    if ! process_pid nats-server >/dev/null; then
        port=$(port_for HANSARD_NATS_LISTEN "${HANSARD_NATS_LISTEN:-}")
        stop_if_it_moves nats-server "127.0.0.1:$port"
        save_setting HANSARD_NATS_LISTEN "127.0.0.1:$port"
        save_setting HANSARD_NATS_URL "nats://$HANSARD_NATS_LISTEN"
    fi
    if ! process_pid postgres >/dev/null; then
        port=$(port_for POSTGRES_PORT "${POSTGRES_PORT:-}")
        stop_if_it_moves postgres "127.0.0.1:$port"
        save_setting POSTGRES_PORT "$port"
        save_setting DATABASE_URL "$(pg_url hansard "$POSTGRES_OWNER_PASSWORD" "$POSTGRES_PORT" hansard)"
        save_setting POSTGRES_SUPERUSER_URL "$(pg_url postgres "$POSTGRES_SUPERUSER_PASSWORD" "$POSTGRES_PORT" postgres)"
    fi
}

# port_for SETTING ADDRESS: the address's port, unless there is none, somebody listens there, or another of the run's settings has
# it, whose server may not listen yet; then a free one.
port_for() {
    local port=${2##*:} name others=()
    for name in HANSARD_LISTEN HANSARD_METRICS_LISTEN HANSARD_NATS_LISTEN POSTGRES_PORT; do
        if [ "$name" != "$1" ]; then others+=("${!name:-}"); fi
    done
    others=("${others[@]##*:}")
    while [ -z "$port" ] || port_taken "$port" || [[ " ${others[*]} " == *" $port "* ]]; do port=$(free_port); done
    echo "$port"
}

# stop_if_it_moves NAME ADDRESS: a server that still runs would go on looking for NAME where it was before ADDRESS, and where
# somebody else listens now. It is stopped, and started with all that is missing.
stop_if_it_moves() {
    local before
    before=$(process_address "$1")
    if [ "$before" = "$2" ] || ! process_pid hansard >/dev/null; then return; fi
    say "something else listens at $before: $1 moves to $2, and hansard is started again"
    stop_one hansard
}

# The owner of the database migrates and grants; it is no superuser.
up_postgres() {
    local home
    choose_postgres_home
    home=$(postgres_home)
    if [ ! -e "$home/made" ]; then
        # Half a cluster of an interrupted first start.
        rm -rf "$home"
        pg_create "$home" "$POSTGRES_SUPERUSER_PASSWORD"
        pg_start "$home" "$POSTGRES_PORT"
        pg_sql "$POSTGRES_SUPERUSER_URL" <<SQL
create role hansard login createrole password '$POSTGRES_OWNER_PASSWORD';
create database hansard owner hansard;
SQL
        as_pg touch "$home/made"
    else
        pg_start "$home" "$POSTGRES_PORT"
    fi
}

up_nats() {
    local home
    home=$(dirname "$(postgres_home)")
    if [ "$HANSARD_NATS_STORE" != "$home/nats" ]; then
        # It holds nothing that the log does not.
        rm -rf "$dir/nats"
        save_setting HANSARD_NATS_STORE "$home/nats"
    fi
    nats_start "$home"
}

up_hansard() { start_process hansard "$hansard" serve; }

# Until it answers that it is ready, for a minute at most.
wait_ready() {
    local i
    for ((i = 0; i < 1200; i++)); do
        if answers_ready "$HANSARD_LISTEN"; then return; fi
        process_pid hansard >/dev/null || break
        sleep 0.05
    done
    tail -n 20 "$dir/hansard.log" >&2
    die "hansard did not get ready; its log: $dir/hansard.log"
}

# answers_ready ADDRESS: asks /readyz, without curl, which a bare machine lacks.
answers_ready() (
    # Of an IPv6 address, without its brackets.
    host=${1%:*} && host=${host#[} && host=${host%]}
    exec 2>/dev/null 3<>"/dev/tcp/$host/${1##*:}" || exit 1
    printf 'GET /readyz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$1" >&3
    read -r -t 5 _ status _ <&3 && [ "$status" = 200 ]
)

what_to_try() {
    local api=http://$HANSARD_LISTEN
    cat <<TRY

Hansard is up: $api

  API and pages   $api/docs
  metrics         http://$HANSARD_METRICS_LISTEN/metrics
  files and logs  $dir

  curl $api/readyz
  curl $api/v1/users -H 'content-type: application/json' \\
    -d '{"email": "alice@example.org", "password": "a long enough one", "display_name": "Alice"}'
  curl $api/v1/sessions -H 'content-type: application/json' \\
    -d '{"email": "alice@example.org", "password": "a long enough one"}'

  ./dev status · ./dev down · ./dev hansard -- --help
TRY
}

# Shows the server's log until Ctrl-C, which stops all. One that dies meanwhile is named once; `./dev up` starts it again.
follow_run() {
    local name missing='' gone
    say "Ctrl-C stops all."
    say
    tail -n +1 -F "$dir/hansard.log" 2>/dev/null &
    tail_pid=$!
    while :; do
        sleep 1 &
        wait $! || true
        gone=
        for name in "${processes[@]}"; do
            process_pid "$name" >/dev/null || gone="$gone $name"
        done
        if [ "$gone" != "$missing" ] && [ -n "$gone" ]; then warn "does not run:$gone (./dev up starts it)"; fi
        missing=$gone
        if [ "$gone" = " ${processes[*]}" ]; then break; fi
    done
}

# At the end of following, whatever ends it.
stop_following() {
    # Nothing keeps it from stopping them: whoever read what is said may be gone as well.
    trap '' INT TERM HUP PIPE
    set +e
    if [ -n "${tail_pid:-}" ]; then kill "$tail_pid" 2>/dev/null; fi
    say
    lock_run
    stop_run
    exit 0
}
