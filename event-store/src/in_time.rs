//! Waits that end: a database may vanish without a word, its machine frozen or the network to it gone, and TCP then waits
//! for a quarter of an hour.

use std::io::{Error, ErrorKind};
use std::time::Duration;

use tokio::time::timeout;

/// How long the database may take to answer what it does at once. Far longer than a disk that is slow for a moment, and
/// well within the time that a request has.
pub(crate) const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// An answer of the database to something that it does at once; where none comes in time, the error of a connection that is
/// lost. Whoever owns the connection must then not use it again: the answer may still come.
pub fn in_time<T, E: From<sqlx::Error>>(
    answer: impl Future<Output = Result<T, E>>,
) -> impl Future<Output = Result<T, E>> {
    within(ANSWERS_WITHIN, answer)
}

/// The same of what may take longer, as it is work.
pub fn within<T, E: From<sqlx::Error>>(
    limit: Duration,
    answer: impl Future<Output = Result<T, E>>,
) -> impl Future<Output = Result<T, E>> {
    let answer = timeout(limit, Box::pin(answer));
    let silent = |_| Err(sqlx::Error::Io(Error::new(ErrorKind::TimedOut, "the database does not answer")).into());
    async move { answer.await.unwrap_or_else(silent) }
}
