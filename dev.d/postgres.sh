# shellcheck shell=bash
# A private PostgreSQL: one folder, one port of 127.0.0.1, passwords, no socket. Its pid file is its own affair.

# pg_create HOME PASSWORD: an empty cluster in HOME/data, whose superuser `postgres` has PASSWORD.
pg_create() {
    local home=$1 user
    user=$(pg_user)
    install -d -m 0700 ${user:+-o "$user"} "$home"
    # The password goes in by a pipe: no argument list shows it.
    # shellcheck disable=SC2016
    printf '%s\n' "$2" | as_pg bash -c 'umask 077; cd "$1"; cat >password
        "$2/initdb" -D data -U postgres -A scram-sha-256 --pwfile=password -E UTF8 --locale=C.UTF-8 >initdb.log 2>&1 ||
            { cat initdb.log >&2; exit 1; }
        rm password' - "$home" "$pg_bin" || die "PostgreSQL could not make $home/data"
    # A quarter of the memory, as its manual advises, and at most what a run of this kind makes use of.
    local buffers=$(($(awk '/^MemTotal:/ { print $2 }' /proc/meminfo) / 4096))
    as_pg tee -a "$home/data/postgresql.conf" >/dev/null <<CONF

# What \`./dev\` wants; everything else is as PostgreSQL comes, above all fsync, full_page_writes and synchronous_commit.
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 400
# Whoever stops in the middle of signing in holds up who drops a database.
authentication_timeout = 5s
shared_buffers = $((buffers < 1024 ? buffers : 1024))MB
max_wal_size = 4GB
timezone = 'UTC'
log_timezone = 'UTC'
CONF
}

# pg_start HOME PORT
pg_start() {
    local home=$1 port=$2 i
    # After a kill -9 the cluster's other processes hold its memory for a moment, and it refuses to start until then.
    for ((i = 0; i < 20; i++)); do
        if as_pg "$pg_bin/pg_ctl" start -D "$home/data" -l "$home/log" -w -t 120 -o "-p $port" >/dev/null 2>&1 9>&-; then
            return
        fi
        if port_taken "$port"; then break; fi
        sleep 1
    done
    as_pg tail -n 20 "$home/log" >&2
    die "PostgreSQL did not start; its log: $home/log"
}

# pg_pid HOME: the server's process id; fails if it does not run.
pg_pid() {
    local pid
    { read -r pid <"$1/data/postmaster.pid"; } 2>/dev/null || return 1
    # In a container root may not look there, but PostgreSQL's user may.
    { [ "/proc/$pid/cwd" -ef "$1/data" ] || as_pg test "/proc/$pid/cwd" -ef "$1/data"; } && echo "$pid"
}

pg_stop() { pg_pid "$1" >/dev/null && as_pg "$pg_bin/pg_ctl" stop -D "$1/data" -m fast -w -t 60 >/dev/null; }

# pg_sql URL [psql's arguments]: runs what comes on standard input, and stops at the first error.
pg_sql() { "$pg_bin/psql" "$1" --no-psqlrc --quiet --tuples-only --no-align -v ON_ERROR_STOP=1 "${@:2}"; }

pg_url() { echo "postgres://$1:$2@127.0.0.1:$3/$4"; }

# Whether PostgreSQL's user can work in folder $1.
pg_reaches() { as_pg test -x "$1"; }

# scratch_start NAME: an empty folder `scratch` with a PostgreSQL in it, and the superuser's URL without a database in
# `scratch_url`. It goes when this script ends, whatever ends it.
scratch_start() {
    local password port
    scratch=$(mktemp -d "${TMPDIR:-/tmp}/hansard-$1.XXXXXX")
    trap scratch_remove EXIT
    trap 'exit 130' INT TERM HUP
    chmod 0711 "$scratch"
    if ! pg_reaches "$scratch"; then
        rmdir "$scratch"
        scratch=$(mktemp -d "/tmp/hansard-$1.XXXXXX")
        chmod 0711 "$scratch"
    fi
    password=$(new_password)
    port=$(free_port)
    pg_create "$scratch/postgres" "$password"
    pg_start "$scratch/postgres" "$port"
    scratch_url=$(pg_url postgres "$password" "$port" '')
}

scratch_remove() {
    # Whoever interrupts again does not leave half of it.
    trap '' INT TERM HUP
    pg_stop "$scratch/postgres" || true
    bucket_stop "$scratch/bucket"
    rm -rf "$scratch"
}
