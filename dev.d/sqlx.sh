# shellcheck shell=bash
# What sqlx's macros know of the database: .sqlx, and whether it is fresh.

verb_sqlx() {
    [ $# -eq 0 ] || die "sqlx takes no arguments"
    need_rust
    need_postgres
    cd "$root"
    scratch_start sqlx
    migrate_with_psql
    mkdir "$scratch/sqlx"
    describe_queries "$scratch/sqlx" check --workspace --all-targets || die "the workspace does not compile: .sqlx is as it was"
    rm -rf .sqlx
    cp -r "$scratch/sqlx" .sqlx
    say ".sqlx: $(find .sqlx -name 'query-*.json' | wc -l) queries"
}

# Sets `described`, the URL of a migrated database. Not by the binary, which cannot be built while .sqlx is stale.
migrate_with_psql() {
    local file
    pg_sql "${scratch_url}postgres" <<<'create database hansard'
    described=${scratch_url}hansard
    for file in "$root"/migrations/*.sql; do
        pg_sql "$described" --single-transaction <"$file" || die "$file does not apply"
    done
    {
        echo "set local role hansard_projector; select projection.create_schema('read_v1');"
        echo "set local search_path to read_v1;"
        cat "$root"/migrations/read/*.sql
        echo "insert into projection.generation values (1, 'serving', now(), now());"
        echo "insert into projection.checkpoint values (1, 1, 0); select projection.serve(1);"
    } | pg_sql "$described" --single-transaction >/dev/null || die "migrations/read does not apply"
}

# describe_queries DIR CARGO-ARGS...: has cargo ask the database about every query, and the answers saved in DIR.
describe_queries() {
    # The macros are not told of what changed outside their file, so the crates that use them are compiled anew.
    local crate
    grep -rlE --include='*.rs' --exclude-dir=target 'query(_as|_scalar|_file|_file_as|_file_scalar)?(_unchecked)?!' . |
        cut -d/ -f2 | sort -u |
        while read -r crate; do find "$crate" \( -name lib.rs -o -name main.rs \) -exec touch {} +; done
    SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$1 DATABASE_URL=$described cargo "${@:2}"
}
