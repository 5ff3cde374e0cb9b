//! What the machine offers to tests; `./dev test` sets it.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// A superuser's URL.
pub(crate) fn superuser_url() -> String {
    variable("HANSARD_TEST_DATABASE_URL").expect("HANSARD_TEST_DATABASE_URL is not set: ./dev test sets it")
}

/// The URL of a migrated template, which nobody else is connected to, as its owner, who is no superuser.
pub(crate) fn template_url() -> String {
    variable("HANSARD_TEST_OWNER_URL").expect("HANSARD_TEST_OWNER_URL is not set: ./dev test sets it")
}

/// The folder of `initdb`, `pg_ctl` and the rest.
pub(crate) fn postgres_bin() -> String {
    variable("HANSARD_TEST_PG_BIN").expect("HANSARD_TEST_PG_BIN is not set: ./dev test sets it")
}

/// Who runs a PostgreSQL of the test's own; none: we ourselves.
pub(crate) fn postgres_user() -> Option<String> {
    variable("HANSARD_TEST_PG_USER")
}

/// A store that speaks S3, with a bucket `files`.
pub(crate) fn bucket_url() -> String {
    variable("HANSARD_TEST_S3").expect("HANSARD_TEST_S3 is not set: ./dev test sets it")
}

/// A real export to import, below the folder that is said, from the project's root, or else below `../shared/data`;
/// none where nothing is said and it is not there.
pub(crate) fn real_export(name: &str) -> Option<PathBuf> {
    let said = variable("HANSARD_TEST_DATA");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let export = root.join(said.as_deref().unwrap_or("../shared/data")).join(name);
    assert!(said.is_none() || export.is_dir(), "HANSARD_TEST_DATA is set, but {} is not there", export.display());
    Some(export).filter(|export| export.is_dir())
}

/// Where programs are looked for.
pub(crate) fn path() -> String {
    variable("PATH").expect("PATH is not set")
}

/// The nats-server of tests: the one on the path, unless another is named.
pub(crate) fn nats_server() -> String {
    variable("HANSARD_TEST_NATS_SERVER").unwrap_or_else(|| "nats-server".to_owned())
}

/// A log filter, to see what the application says while a test runs.
pub(crate) fn log_filter() -> Option<String> {
    variable("HANSARD_TEST_LOG")
}

#[expect(clippy::disallowed_methods, reason = "tests have no settings; this is where they ask the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// How often everything is killed by the story of faults.
pub(crate) fn fault_rounds() -> usize {
    variable("HANSARD_TEST_FAULT_ROUNDS").map_or(5, |rounds| rounds.parse().expect("a number of rounds"))
}

/// For how long at least NATS stays away while people talk.
pub(crate) fn nats_away() -> Duration {
    let seconds = variable("HANSARD_TEST_NATS_AWAY").map(|seconds| seconds.parse().expect("a number of seconds"));
    seconds.map_or(Duration::ZERO, Duration::from_secs)
}

/// How many uploads are cut, and how often the server of one is killed, by the story of these.
pub(crate) fn upload_rounds() -> (usize, usize) {
    let rounds = |name, few| variable(name).map_or(few, |rounds| rounds.parse().expect("a number of rounds"));
    (rounds("HANSARD_TEST_UPLOAD_CUTS", 12), rounds("HANSARD_TEST_UPLOAD_KILLS", 4))
}

/// How often a file is forwarded by the story of that.
pub(crate) fn forwards() -> usize {
    variable("HANSARD_TEST_FORWARDS").map_or(25, |times| times.parse().expect("a number"))
}

/// Races of each way of taking a right with each thing that is done with it: enough for each change of roles to have
/// its turn.
pub(crate) fn race_rounds() -> usize {
    variable("HANSARD_TEST_RACE_ROUNDS").map_or(5, |rounds| rounds.parse().expect("a number of rounds"))
}

/// How many cases are played against the model of the domain, and what determines them.
pub(crate) fn model_cases() -> (u32, u8) {
    let number = |name| variable(name).map(|number| number.parse::<u32>().expect("a number"));
    let cases = number("HANSARD_TEST_MODEL_CASES").unwrap_or(64);
    // Of few cases not every seed makes all happen that is asked for.
    let seed = number("HANSARD_TEST_MODEL_SEED").unwrap_or(8);
    (cases, u8::try_from(seed).expect("a seed of one byte"))
}

/// Of how many cases one is whole: everything is asked for after each step. 0 is none. If it is said, everybody asks
/// for everything in these, and after the last step of all others; otherwise that goes by turns.
pub(crate) fn model_whole() -> Option<u32> {
    variable("HANSARD_TEST_MODEL_WHOLE").map(|number| number.parse().expect("a number of cases"))
}

/// How many histories are looked back at, and what determines them.
pub(crate) fn history_cases() -> (u32, u8) {
    let number = |name| variable(name).map(|number| number.parse::<u32>().expect("a number"));
    let cases = number("HANSARD_TEST_HISTORY_CASES").unwrap_or(3);
    let seed = number("HANSARD_TEST_MODEL_SEED").unwrap_or(0);
    (cases, u8::try_from(seed).expect("a seed of one byte"))
}

/// How many clients follow in how many rooms while everything is killed, and for how long.
pub(crate) fn streams() -> (usize, usize, Duration) {
    let seconds = variable("HANSARD_TEST_STREAM_SECONDS").map(|seconds| seconds.parse().expect("a number of seconds"));
    seconds.map_or((12, 3, Duration::ZERO), |seconds| (200, 20, Duration::from_secs(seconds)))
}
