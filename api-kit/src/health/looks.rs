//! Looks that are shared, so that whoever asks often costs no more than whoever asks now and then.

use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use time::{Duration, OffsetDateTime};

use super::{Check, Health, Readiness};
use crate::Context;

/// How long a look may take; what takes longer is down.
const WITHIN: std::time::Duration = std::time::Duration::from_secs(2);

/// How long after its beginning a look is still everybody's.
const GOOD_FOR: Duration = Duration::SECOND;

/// Looks at what a process depends on, one a second at most.
pub(super) struct Looks {
    readiness: Arc<dyn Readiness>,
    context: Context,
    latest: Mutex<Option<Look>>,
}

/// A look that has begun. It goes on as long as anybody waits for it; kept here, it is gone on with if whoever began it
/// leaves, so that leaving early and asking again costs nothing either.
struct Look {
    begun: OffsetDateTime,
    found: Found,
}

/// What a look finds, for as many as wait for it.
type Found = Shared<BoxFuture<'static, Vec<Check>>>;

impl Looks {
    pub(super) fn new(readiness: Arc<dyn Readiness>, context: Context) -> Self {
        Self { readiness, context, latest: Mutex::default() }
    }

    /// How each thing is: what is known now, and what was found within the last second.
    pub(super) async fn checks(&self) -> Vec<Check> {
        let found = self.latest().await;
        let mut checks = self.readiness.known();
        checks.extend(found);
        checks
    }

    /// The look of this second, which begins now if nobody has asked yet.
    fn latest(&self) -> Found {
        let now = self.context.now();
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back must not keep an old one.
        let is_good = |look: &&Look| (Duration::ZERO..GOOD_FOR).contains(&(now - look.begun));
        if let Some(look) = latest.as_ref().filter(is_good) {
            return look.found.clone();
        }
        let look = tokio::time::timeout(WITHIN, self.readiness.check());
        let found = async move { look.await.unwrap_or_else(|_| vec![Check::of("checks", Health::Down)]) };
        let found = found.boxed().shared();
        latest.insert(Look { begun: now, found }).found.clone()
    }
}
