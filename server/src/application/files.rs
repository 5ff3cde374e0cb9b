//! How many files the process may have open: each connection is one.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Open files besides clients' connections: those to the database and the broker, listeners, the log.
const OTHERS: u64 = 128;

/// Raises the limit to what the machine allows, if it is too low for so many `connections`; says so if that is not enough.
pub(super) fn allow(connections: usize) {
    let needed = u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(OTHERS);
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return;
    }
    limit.current = limit.maximum.map(|most| most.min(needed)).or(Some(needed));
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
    if let Some(most) = getrlimit(Resource::Nofile).current.filter(|most| *most < needed) {
        tracing::warn!(files.limit = most, files.needed = needed, "too few open files for so many connections");
    }
}
