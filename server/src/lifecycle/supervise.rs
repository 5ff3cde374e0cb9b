//! Parts of a process that must run for as long as it does.
//!
//! What passes, such as a database that is away, every part waits out by itself. One that ends all the same is started
//! again, so that a bug in one does not take the others down, unless it cannot stay up.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use tokio::runtime::Handle;
use tokio::time::{Instant, timeout};

use super::{Failure, Lifecycle};

/// The pause before a part is started again; it doubles each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Starts in a row that may end soon before the process stops, so that whoever watches it sees that.
const STARTS: u32 = 5;

/// A part that ran this long was well: what ends it then is counted anew.
const WELL: Duration = Duration::from_secs(30);

impl Lifecycle {
    /// Runs a part until the process closes: `run` makes it, and it ends when `closing` is cancelled.
    pub(crate) fn supervise<F>(&self, part: &'static str, run: impl FnMut() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.supervise_on(&Handle::current(), part, run);
    }

    /// The same, on these threads.
    pub(crate) fn supervise_on<F>(
        &self,
        threads: &Handle,
        part: &'static str,
        mut run: impl FnMut() -> F + Send + 'static,
    ) where
        F: Future<Output = ()> + Send + 'static,
    {
        let lifecycle = self.clone();
        let supervised = async move {
            let (mut starts, mut pause) = (0, FIRST_PAUSE);
            loop {
                let began = Instant::now();
                let ended = AssertUnwindSafe(run()).catch_unwind().await;
                if lifecycle.closing.is_cancelled() {
                    return;
                }
                let reason = match ended {
                    Ok(()) => "it ended by itself".to_owned(),
                    Err(panic) => format!("it panicked: {}", said(&*panic)),
                };
                if began.elapsed() > WELL {
                    (starts, pause) = (0, FIRST_PAUSE);
                }
                starts += 1;
                if starts == STARTS {
                    return lifecycle.fail(Failure { part, reason });
                }
                tracing::error!(part, reason, "a part of the process ended; it is started again");
                metrics::counter!("hansard_restarts_total", "part" => part).increment(1);
                // Whether the pause is over or the process closes: the part sees which.
                _ = timeout(pause, lifecycle.closing.cancelled()).await;
                pause *= 2;
            }
        };
        self.tasks.spawn_on(supervised, threads);
    }
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a word").to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_part_that_ends_is_started_again_until_the_process_closes() {
        let lifecycle = Lifecycle::default();
        let starts = Arc::new(AtomicU32::new(0));
        let (counted, told) = (Arc::clone(&starts), lifecycle.clone());
        lifecycle.supervise("relay", move || {
            let (number, told) = (counted.fetch_add(1, Ordering::Relaxed), told.clone());
            async move {
                assert_ne!(number, 0, "a bug");
                if number == 2 {
                    told.stopping.cancel();
                    told.closing.cancelled().await;
                }
            }
        });
        lifecycle.run(async {}).await.unwrap();
        assert_eq!(starts.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn a_part_that_cannot_stay_up_stops_the_process_which_says_why() {
        let lifecycle = Lifecycle::default();
        lifecycle.supervise("projector", || async { panic!("a bug") });
        let failure = lifecycle.run(async {}).await.unwrap_err();
        assert_eq!(failure.to_string(), "projector cannot go on: it panicked: a bug");
    }
}
