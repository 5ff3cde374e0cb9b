//! How many messages legal holds keep that their rooms keep no longer: `hansard_held_messages`.

use domain::holds::Kept;
use metrics::{Gauge, gauge};
use sqlx::PgPool;
use time::{Duration, OffsetDateTime};

use super::due;

/// Between two counts, as long as holds stay as they are: a count reads all that rooms with holds have.
const PAUSE: Duration = Duration::MINUTE;

/// The count, for as long as this process is the one that ends messages; then it is 0.
pub(super) struct Held {
    gauge: Gauge,
    /// When it was counted, and what was held.
    counted: Option<(OffsetDateTime, Vec<Kept>)>,
}

impl Held {
    pub(super) fn new() -> Self {
        Self { gauge: gauge!("hansard_held_messages"), counted: None }
    }

    /// Counts anew if holds have changed, or the last count is old.
    pub(super) async fn count(
        &mut self,
        pool: &PgPool,
        holds: &[Kept],
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error> {
        if self.counted.as_ref().is_some_and(|(at, held)| held == holds && now - *at < PAUSE) {
            return Ok(());
        }
        let messages = if holds.is_empty() { 0 } else { due::held_messages(pool, holds, now).await? };
        self.gauge.set(f64::from(u32::try_from(messages).unwrap_or(u32::MAX)));
        self.counted = Some((now, holds.to_vec()));
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.gauge.set(0.0);
    }
}
