//! How far the read models have come, as heard from whoever fills them.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use event_store::Notifications;
use event_store::notifications::READ;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

/// Pause before listening again after the connection was lost.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// How long to wait before looking without having heard anything: projectors may be away, or we deaf.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How far the read models have come, as heard. A hint of when to look: what holds is what a snapshot says. Cheap to
/// clone; clones hear the same.
#[derive(Clone, Debug)]
pub struct Progress {
    heard: watch::Sender<i64>,
    answered: Arc<AtomicI64>,
}

impl Default for Progress {
    fn default() -> Self {
        Self { heard: watch::Sender::new(0), answered: Arc::default() }
    }
}

impl Progress {
    /// Hears what projectors have PostgreSQL tell, until it is dropped.
    pub async fn listen(&self, notifications: &Notifications) -> std::convert::Infallible {
        loop {
            if let Err(error) = self.listen_once(notifications).await {
                tracing::warn!(%error, "not told how far the read models are; looking instead");
            }
            sleep(LISTEN_AGAIN).await;
        }
    }

    async fn listen_once(&self, notifications: &Notifications) -> Result<(), sqlx::Error> {
        let mut heard = notifications.hear().await?;
        while let Some(notification) = heard.next().await {
            if notification.channel() != READ {
                continue;
            }
            let position = notification.payload().rsplit_once(':').and_then(|(_, position)| position.parse().ok());
            if let Some(position) = position {
                self.hear(position);
            }
        }
        Ok(())
    }

    /// The serving read models have come to `position`. What is heard late, from a slower source, is no news.
    pub fn hear(&self, position: i64) {
        self.heard.send_modify(|heard| *heard = position.max(*heard));
    }

    /// The greatest position that an answer of this process has named so far.
    pub(crate) fn answered(&self) -> i64 {
        self.answered.load(Ordering::Acquire)
    }

    /// An answer names `position`.
    pub(crate) fn answer(&self, position: i64) {
        self.answered.fetch_max(position, Ordering::AcqRel);
    }

    /// The log ends at `head`, before what was answered: it was restored from an older copy.
    pub(crate) fn restart(&self, head: i64) {
        self.answered.fetch_min(head, Ordering::AcqRel);
    }

    /// Ears for what is heard from now on.
    pub(crate) fn ears(&self) -> Ears {
        Ears(self.heard.subscribe())
    }
}

/// What one query hears.
pub(crate) struct Ears(watch::Receiver<i64>);

impl Ears {
    /// Returns once `position` was heard of since the last call, or it is time to look, or at `deadline`.
    pub(crate) async fn hear_of(&mut self, position: i64, deadline: Instant) {
        let look = deadline.min(Instant::now() + LOOK_AGAIN);
        let heard = async { while self.0.changed().await.is_ok() && *self.0.borrow_and_update() < position {} };
        _ = timeout_at(look, heard).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_waits_is_woken_by_the_position_and_else_looks_after_a_while() {
        let progress = Progress::default();
        let mut ears = progress.ears();
        let began = Instant::now();
        progress.hear(7);
        ears.hear_of(7, began + Duration::from_secs(2)).await;
        assert_eq!(began.elapsed(), Duration::ZERO);

        progress.hear(8);
        ears.hear_of(9, began + Duration::from_secs(2)).await;
        assert_eq!(began.elapsed(), LOOK_AGAIN);
        ears.hear_of(9, Instant::now()).await;
        assert_eq!(began.elapsed(), LOOK_AGAIN);
    }
}
