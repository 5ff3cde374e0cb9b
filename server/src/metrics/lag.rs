//! How far read models are behind the log.

use std::time::Duration;

use projector::Projector;
use tokio::time::timeout;

/// A scrape does not wait longer for a database that is away; then these measures keep their last values.
pub(super) const WITHIN: Duration = Duration::from_secs(1);

/// Sets the positions of the log and of the read models, and the time between them.
#[expect(clippy::cast_precision_loss, reason = "positions stay below 2^53")]
pub(super) async fn observe(projector: &Projector) {
    let Ok(Ok(status)) = timeout(WITHIN, projector.status()).await else { return };
    metrics::gauge!("hansard_log_position").set(status.head as f64);
    metrics::gauge!("hansard_read_models_position").set(status.position as f64);
    metrics::gauge!("hansard_read_models_lag_events").set(status.lag_positions() as f64);
    metrics::gauge!("hansard_read_models_lag_seconds").set(status.lag_seconds);
    metrics::gauge!("hansard_read_models_parked_streams").set(status.parked.len() as f64);
}
