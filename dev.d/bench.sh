# shellcheck shell=bash
# `./dev bench`: the bench crate, in release, against servers of its own that are gone afterwards.

# It finds the settings of the run in the environment; besides, HANSARD_BIN, the binary that serves, HANSARD_RUN, the
# folder that `./dev up --data` takes (for what kills servers and starts them again), HANSARD_BENCH_CLIENTS, a folder for
# clients that it fetches, and pgbench on PATH.
#
# `./dev bench slack [--slack DIR]` imports the Slack export in DIR, or in ../shared/data/slack-export. Like others it
# ends with an error if it is slower than it is to be (docs/benchmarks.md), and where there is no export.
#
# `./dev bench faults [ROUNDS [SECONDS]]` is the story of faults, longer: every server killed so many times under load; and that of NATS
# away for so long while people talk, with its store kept and then wiped: how soon after it was answered a message was shown.
# `./dev bench files [CUTS [KILLS [FORWARDS]]]` are the stories of uploads that are cut or whose server is killed, and of forwards of one
# file, longer.
# `./dev bench races [ROUNDS]` is the story of rights that are taken, longer: so many races of each pair, and what came of them.
# `./dev bench streams [SECONDS]` is the story of streams that are cut, longer and with more clients, and what came of it.
# `./dev bench histories [CASES [SEED]]` looks back at random moments of random histories: the whole as it was, in every way there is.
# `./dev bench model [CASES [SEED [WHOLE]]]` is the test of the whole domain against its model, longer, or with other cases. With WHOLE, of so
# many stories one has everybody ask for everything after each step, and the others after the last; with 1 all have after each, in some
# twenty times as many requests.
# `./dev bench start [ROUNDS]`: the seconds of a second `./dev up --detach --release`.
verb_bench() {
    local stories=() port
    case ${1:-} in
        faults)
            export HANSARD_TEST_FAULT_ROUNDS=${2:-20} HANSARD_TEST_NATS_AWAY=${3:-60}
            stories=(nothing_answered_is_lost a_nats_that_is_away)
            ;;
        files)
            export HANSARD_TEST_UPLOAD_CUTS=${2:-500} HANSARD_TEST_UPLOAD_KILLS=${3:-100} HANSARD_TEST_FORWARDS=${4:-10000}
            stories=(uploads_that_are_cut forwards_take_no_room)
            ;;
        races)
            export HANSARD_TEST_RACE_ROUNDS=${2:-200}
            stories=(nothing_is_done_with_a_right_that_was_taken)
            ;;
        streams)
            export HANSARD_TEST_STREAM_SECONDS=${2:-300}
            stories=(whatever_is_cut_or_killed)
            ;;
        model)
            export HANSARD_TEST_MODEL_CASES=${2:-2000} HANSARD_TEST_MODEL_SEED=${3:-0}
            [ $# -lt 4 ] || export HANSARD_TEST_MODEL_WHOLE=$4
            stories=(whatever_people_do)
            ;;
        histories)
            export HANSARD_TEST_HISTORY_CASES=${2:-200} HANSARD_TEST_MODEL_SEED=${3:-0}
            stories=(every_moment_of_a_history)
            ;;
    esac
    if [ ${#stories[@]} -gt 0 ]; then
        test_story "${stories[@]}"
        return
    fi
    export HANSARD_RATE_LIMITS=off HANSARD_MAX_CONNECTIONS=16384
    # Beside the checkout, not in /tmp: that may be memory, where fsync costs nothing.
    mkdir -p "$root/.hansard" 2>/dev/null && [ -w "$root/.hansard" ] || die "$(id -un) cannot write to $root/.hansard, where runs of benchmarks are"
    bench_run=$(mktemp -d "$root/.hansard/bench.XXXXXX")
    port=$(free_port)
    verb_up --detach --release --port "$port" --data "$bench_run" >&2
    trap bench_remove EXIT
    trap 'exit 130' INT TERM HUP
    if [ "${1:-}" = start ]; then
        bench_start "${2:-5}"
        return
    fi
    HANSARD_BIN=$hansard HANSARD_RUN=$dir HANSARD_BENCH_CLIENTS=$cache/bench-clients PATH=$PATH:$pg_bin \
        cargo run --manifest-path "$root/Cargo.toml" --release --package bench -- "$@"
}

# The longest that a run may take from the call until it is ready, in the middle of all rounds.
start_within_ms=5000

# bench_start ROUNDS: stops the run and starts it again, so many times.
bench_start() {
    local rounds=$1 i began took=() middle
    [[ $rounds =~ ^[1-9][0-9]{0,3}$ ]] || die "bench start takes a number of rounds, not: $rounds"
    for ((i = 0; i < rounds; i++)); do
        "$root/dev" down --data "$dir" >&2
        began=${EPOCHREALTIME/[^0-9]/}
        "$root/dev" up --detach --release --data "$dir" >&2
        took+=($(((${EPOCHREALTIME/[^0-9]/} - began) / 1000)))
    done
    middle=$(printf '%s\n' "${took[@]}" | sort -n | sed -n "$(((rounds + 1) / 2))p")
    printf 'a second start: %d.%03d s, the median of %d rounds (ms: %s)\n' \
        $((middle / 1000)) $((middle % 1000)) "$rounds" "${took[*]}"
    [ "$middle" -le "$start_within_ms" ] || die "a second start takes more than $start_within_ms ms"
}

bench_remove() {
    trap '' INT TERM HUP
    stop_run >&2
    case $(postgres_home) in
        /var/lib/hansard/run.*) rm -rf "$(dirname "$(postgres_home)")" ;;
    esac
    rm -rf "$bench_run"
}
