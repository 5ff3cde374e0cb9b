# shellcheck shell=bash
# A store that speaks S3, for tests: moto's, in memory.

# The version that tests are written against.
moto=5.1.18

# Says so and fails if it is missing and cannot be installed.
need_bucket() {
    # In a shell of its own: PyPI may be out of reach.
    (install_wheels "moto[server]==$moto") && return
    warn "moto $moto, a store that speaks S3, could not be installed from PyPI: tests with such a store fail, all others run"
    return 1
}

# bucket_start DIR PORT: begins it with an empty bucket, `files`. Its pid is in DIR/pid.
bucket_start() {
    need_curl
    mkdir -p "$1"
    "$cache/tools/python/bin/moto_server" -H 127.0.0.1 -p "$2" >"$1/log" 2>&1 </dev/null &
    echo $! >"$1/pid"
    local left
    for left in {300..0}; do
        if curl -fsS -X PUT "http://127.0.0.1:$2/files" >/dev/null 2>&1; then return; fi
        kill -0 "$(cat "$1/pid")" 2>/dev/null || break
        sleep 0.1
    done
    tail -n 20 "$1/log" >&2
    die "the store of buckets did not start ($left tries were left)"
}

# Until it has ended.
bucket_stop() {
    local pid
    { read -r pid <"$1/pid"; } 2>/dev/null || return 0
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}
