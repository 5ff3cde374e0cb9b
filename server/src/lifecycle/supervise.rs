//! Parts of a process that must run for as long as it does.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use tokio::time::{Instant, timeout};

use super::{Cause, Lifecycle};

/// The pause before a part is started again; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// A part that ran this long was well: its next pause is the first again.
const WELL: Duration = Duration::from_secs(30);

/// Why a part ended.
#[derive(Debug)]
pub enum Ended {
    /// Because of something that may pass, such as a database that is away: it is started again.
    Passing(Cause),
    /// Because of something that does not pass: the process stops.
    ForGood(Cause),
}

/// A part ended without being told to.
#[derive(Debug, thiserror::Error)]
enum Unexpected {
    #[error("it ended by itself")]
    Silently,
    #[error("it panicked: {0}")]
    Panicked(String),
}

impl Lifecycle {
    /// Runs a part until the process closes, again after each end that may pass. `run` must end when `closing` is
    /// cancelled.
    pub(crate) fn supervise<F>(&self, part: &'static str, mut run: impl FnMut() -> F + Send + 'static)
    where
        F: Future<Output = Result<(), Ended>> + Send + 'static,
    {
        let lifecycle = self.clone();
        self.tasks.spawn(async move {
            let mut pause = FIRST_PAUSE;
            loop {
                let began = Instant::now();
                let ended = AssertUnwindSafe(run()).catch_unwind().await;
                if lifecycle.closing.is_cancelled() {
                    return;
                }
                let cause = match ended {
                    Ok(Err(Ended::Passing(cause))) => cause,
                    Ok(Err(Ended::ForGood(cause))) => return lifecycle.fail(part, cause),
                    Ok(Ok(())) => return lifecycle.fail(part, Unexpected::Silently.into()),
                    Err(panic) => return lifecycle.fail(part, Unexpected::Panicked(said(&*panic)).into()),
                };
                tracing::warn!(part, error = &*cause as &dyn std::error::Error, "ended; it is started again");
                metrics::counter!("hansard_restarts_total", "part" => part).increment(1);
                if began.elapsed() > WELL {
                    pause = FIRST_PAUSE;
                }
                // Whether the pause is over or the process closes, the part says the rest.
                _ = timeout(pause, lifecycle.closing.cancelled()).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        });
    }
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a word").to_owned()
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn what_may_pass_is_started_again_until_the_process_closes() {
        let lifecycle = Lifecycle::default();
        let starts = Arc::new(AtomicU32::new(0));
        let (counted, told) = (Arc::clone(&starts), lifecycle.clone());
        lifecycle.supervise("relay", move || {
            let (number, told) = (counted.fetch_add(1, Ordering::Relaxed), told.clone());
            async move {
                if number < 3 {
                    return Err(Ended::Passing(io::Error::other("away").into()));
                }
                told.stopping.cancel();
                told.closing.cancelled().await;
                Ok(())
            }
        });
        lifecycle.run(async {}).await.unwrap();
        assert_eq!(starts.load(Ordering::Relaxed), 4);
    }

    #[tokio::test]
    async fn what_does_not_pass_stops_the_process_and_says_why() {
        for (ending, why) in [(true, "broken"), (false, "it panicked: a bug")] {
            let lifecycle = Lifecycle::default();
            lifecycle.supervise("projector", move || async move {
                assert!(ending, "a bug");
                Err(Ended::ForGood(io::Error::other("broken").into()))
            });
            let failure = lifecycle.run(async {}).await.unwrap_err();
            assert_eq!(failure.to_string(), "projector cannot go on");
            assert_eq!(std::error::Error::source(&failure).unwrap().to_string(), why);
        }
    }
}
