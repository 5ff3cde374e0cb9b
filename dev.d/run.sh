# shellcheck shell=bash
# A run: the servers whose files and settings lie in one folder, `dir`.
#
#   DIR/env          settings as NAME=value, readable by its owner alone
#   DIR/lock         held by a `./dev` that changes the run; says which one
#   DIR/master.key   the master key; DIR/signing.key, the one that signs the record
#   DIR/NAME.pid     process id of hansard and of nats-server; DIR/NAME.log
#   DIR/profile      what `up` built last: debug or release
#   DIR/postgres     PostgreSQL's files, or DIR/postgres.path, which says where they are
#   DIR/nats         JetStream's files, and DIR/nats-server.conf; beside PostgreSQL's where these are elsewhere
#   DIR/blobs        files' bytes
#   DIR/mail         mails, a file each

# What of a run's settings the caller may override; the rest belongs to the run.
of_the_caller=(HANSARD_LISTEN HANSARD_METRICS_LISTEN)

# Takes `--data DIR` and the verb's own flags: sets dir and those named in the caller's case.
data_flag() {
    local given=
    dir=$root/.hansard
    if [ "${1:-}" = --data ]; then
        [ -n "${2:-}" ] || die "--data needs a folder"
        dir=$2
    fi
    case $dir in
        # What a file of settings, and the broker's, cannot hold.
        *[\"\\$'\n']*) die "the folder of a run cannot have quotes, backslashes or line breaks in its name: $dir" ;;
        /*) ;;
        *) dir=$PWD/$dir ;;
    esac
    if [ ! -e "$dir" ]; then return; fi
    # One spelling, by which processes are told to be of this run.
    given=$dir
    dir=$(cd "$given" 2>/dev/null && pwd -P) || die "$given is no folder that $(id -un) may enter: give another with --data DIR"
    if [ -e "$dir/env" ] && [ ! -O "$dir/env" ]; then
        die "the run in $dir is of another user, $(stat -c %U "$dir/env"): call this as they, or give another folder with --data DIR"
    fi
}

only_data_flag() {
    if [ $# -ne 0 ] && { [ "$1" != --data ] || [ $# -ne 2 ]; }; then die "this takes --data DIR and nothing else"; fi
    data_flag "$@"
}

need_run() { [ -e "$dir/env" ] || die "there is no run in $dir: ./dev up makes one"; }

# One `./dev` at a time changes a run. Its processes must not inherit the lock: `9>&-`.
lock_run() {
    local holder=''
    # Not emptied by opening it: who waits reads in it for whom.
    exec 9>>"$dir/lock"
    if ! flock -n 9; then
        { read -r holder <"$dir/lock"; } 2>/dev/null || true
        warn "waiting for another ./dev on $dir${holder:+: $holder}"
        flock 9
    fi
    echo "./dev $verb, process $$" >"$dir/lock"
}

unlock_run() { exec 9>&-; }

# Whether another `./dev` changes the run now.
is_locked() { [ -e "$dir/lock" ] && ! flock -n "$dir/lock" true; }

# Puts the settings of the run into the environment.
load_settings() {
    local name value
    while IFS='=' read -r name value; do
        case " ${of_the_caller[*]} " in *" $name "*) [ -z "${!name:-}" ] || continue ;; esac
        export "$name=$value"
    done <"$dir/env"
}

# save_setting NAME VALUE: in the run's file and in the environment.
save_setting() {
    local others
    others=$(grep -v "^$1=" "$dir/env" || true)
    (umask 077 && printf '%s%s=%s\n' "${others:+$others$'\n'}" "$1" "$2" >"$dir/env.new" && mv "$dir/env.new" "$dir/env")
    export "$1=$2"
}

# Makes the folder and what never changes: keys, users, passwords.
make_run() {
    local user owner superuser key
    mkdir -p "$dir" 2>/dev/null && [ -w "$dir" ] || die "$(id -un) cannot write to $dir: give another folder with --data DIR"
    dir=$(cd "$dir" && pwd -P)
    # The user of PostgreSQL and NATS passes through; it lists and reads nothing else here.
    if [ "$(id -u)" = 0 ]; then chmod 0711 "$dir"; else chmod 0700 "$dir"; fi
    lock_run
    if [ -e "$dir/env" ]; then return; fi
    (
        umask 077
        for key in master signing; do printf '1:%s\n' "$(random_hex 32)" >"$dir/$key.key"; done
        : >"$dir/env.part"
    )
    owner=$(new_password) superuser=$(new_password)
    for user in RELAY PROJECTOR QUERY COMMAND; do
        printf 'HANSARD_NATS_%s_PASSWORD=%s\n' "$user" "$(new_password)"
    done >>"$dir/env.part"
    cat >>"$dir/env.part" <<SETTINGS
HANSARD_MASTER_KEY_FILE=$dir/master.key
HANSARD_SIGNING_KEY_FILE=$dir/signing.key
HANSARD_NATS_STORE=$dir/nats
HANSARD_MAIL_FOLDER=$dir/mail
HANSARD_BLOBS=$dir/blobs
POSTGRES_OWNER_PASSWORD=$owner
POSTGRES_SUPERUSER_PASSWORD=$superuser
SETTINGS
    mv "$dir/env.part" "$dir/env"
}

# Where PostgreSQL's files are, and NATS's beside them. A folder elsewhere is named in DIR/postgres.path if their user cannot
# reach DIR.
postgres_home() {
    if [ -e "$dir/postgres.path" ]; then cat "$dir/postgres.path"; else echo "$dir/postgres"; fi
}

choose_postgres_home() {
    local away
    if pg_reaches "$dir" || [ -e "$dir/postgres.path" ]; then return; fi
    mkdir -p /var/lib/hansard
    chmod 0711 /var/lib/hansard
    away=$(mktemp -d /var/lib/hansard/run.XXXXXX)
    chmod 0711 "$away"
    echo "$away/postgres" >"$dir/postgres.path"
    say "PostgreSQL's user cannot reach $dir: its files and NATS's are in $away"
}

# start_process NAME COMMAND...: detached, its output in DIR/NAME.log (the former one in .log.1), its id in DIR/NAME.pid.
start_process() {
    local name=$1 interrupted=false
    if [ -e "$dir/$name.log" ]; then mv "$dir/$name.log" "$dir/$name.log.1"; fi
    # Whoever interrupts is heard once it can be told by its id and its environment, which is what it is stopped by.
    trap 'interrupted=true' INT TERM HUP
    DEV_RUN=$dir NO_COLOR=1 setsid "${@:2}" </dev/null >"$dir/$name.log" 2>&1 9>&- &
    echo $! >"$dir/$name.pid"
    disown
    # Until it is itself: while it is still a copy of this shell or becomes setsid or setpriv, its environment is another or none.
    while kill -0 $! 2>/dev/null && { is_in_making $! || ! is_of_run $!; }; do sleep 0.01 || true; done
    trap 'exit 130' INT TERM HUP
    if [ "$interrupted" = true ]; then exit 130; fi
}

is_in_making() { case $(cat "/proc/$1/comm" 2>/dev/null) in bash | dev | setsid | setpriv) ;; *) false ;; esac }

# process_pid NAME: its process id; fails if it does not run. DEV_RUN tells it from a stranger with a reused id. In a container
# root may not look into processes of others, but their user may.
process_pid() {
    local pid
    if [ "$1" = postgres ]; then
        pg_pid "$(postgres_home)"
    else
        { read -r pid <"$dir/$1.pid"; } 2>/dev/null && is_of_run "$pid" && echo "$pid"
    fi
}

is_of_run() {
    [ -e "/proc/$1/environ" ] || return 1
    { grep -qzFx "DEV_RUN=$dir" "/proc/$1/environ" || as_pg grep -qzFx "DEV_RUN=$dir" "/proc/$1/environ"; } 2>/dev/null
}

process_address() {
    case $1 in
        hansard) echo "http://${HANSARD_LISTEN:--}" ;;
        postgres) echo "127.0.0.1:${POSTGRES_PORT:--}" ;;
        nats-server) echo "${HANSARD_NATS_LISTEN:--}" ;;
    esac
}

# In the order of stopping: who uses before what is used.
processes=(hansard nats-server postgres)

stop_one() {
    local name=$1 pid
    pid=$(process_pid "$name") || return 0
    say "stopping $name ($pid)"
    if [ "$name" = postgres ]; then
        pg_stop "$(postgres_home)"
    else
        still_runs() { process_pid "$name" >/dev/null; }
        stop_process "$pid" still_runs 40
        rm -f "$dir/$name.pid"
    fi
}

stop_run() {
    local name
    for name in "${processes[@]}"; do stop_one "$name"; done
}

verb_down() {
    only_data_flag "$@"
    need_run
    lock_run
    load_settings
    need_postgres "$(postgres_home)/data"
    stop_run
    say "nothing of $dir runs"
}

verb_status() {
    only_data_flag "$@"
    need_run
    load_settings
    local name pid all=0
    for name in "${processes[@]}"; do
        pid=$(process_pid "$name") || { pid=- all=3; }
        printf '%-12s %8s  %s\n' "$name" "$pid" "$(process_address "$name")"
    done
    return $all
}

verb_env() {
    only_data_flag "$@"
    need_run
    cat "$dir/env"
}

verb_hansard() {
    data_flag "$@"
    if [ "${1:-}" = --data ]; then shift 2; fi
    if [ "${1:-}" = -- ]; then shift; fi
    if [ -e "$dir/env" ]; then load_settings; else warn "there is no run in $dir: no settings but the environment's"; fi
    build_hansard "$(cat "$dir/profile" 2>/dev/null || echo debug)"
    exec "$hansard" "$@"
}

# Builds the binary (quick when nothing changed) and sets `hansard` to it. HANSARD_BIN names one that is built already.
build_hansard() {
    local flags=(--quiet)
    if [ -n "${HANSARD_BIN:-}" ]; then
        command -v "$HANSARD_BIN" >/dev/null || die "HANSARD_BIN is no program: $HANSARD_BIN"
        hansard=$HANSARD_BIN
        return
    fi
    need_rust
    need_target
    # A first build takes minutes: show that it goes on.
    hansard=$(target_dir)/$1/hansard
    if [ ! -e "$hansard" ]; then flags=(); fi
    if [ "$1" = release ]; then flags+=(--release); fi
    cargo build --manifest-path "$root/Cargo.toml" --package hansard --bin hansard "${flags[@]}" 9>&- || die "the build failed"
}
