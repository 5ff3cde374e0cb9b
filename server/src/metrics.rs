//! What is measured: `/metrics` on a listener of its own.

mod clock;
mod lag;
mod process;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use projector::Projector;
use sqlx::PgPool;
use tokio::time::interval;

use crate::lifecycle::Lifecycle;
pub(crate) use clock::Clocks;

/// Between two clean-ups of what the recorder has gathered; without them it grows until it is asked.
const UPKEEP: Duration = Duration::from_secs(5);

/// Upper bounds, in seconds, of what is timed.
const SECONDS: [f64; 14] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

/// Upper bounds of what is counted in groups.
const SIZES: [f64; 6] = [1.0, 4.0, 16.0, 64.0, 256.0, 1024.0];

/// The recorder of the process; there can be one.
static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();

/// The recorder, installed by the first call.
pub(crate) fn recorder() -> PrometheusHandle {
    RECORDER
        .get_or_init(|| {
            let builder = PrometheusBuilder::new()
                .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
                .and_then(|builder| builder.set_buckets_for_metric(Matcher::Suffix("_commands".to_owned()), &SIZES))
                .expect("there are buckets");
            let recorder = builder.build_recorder();
            let handle = recorder.handle();
            // Somebody who embeds us may have another; then ours stays empty.
            _ = metrics::set_global_recorder(recorder);
            handle
        })
        .clone()
}

/// What is looked at when `/metrics` is asked, rather than told as it happens.
pub(crate) struct Observed {
    /// Each with its name.
    pub(crate) pools: Vec<(&'static str, PgPool)>,
    /// Tells how far the read models are.
    pub(crate) projector: Projector,
    /// Tells whether clocks agree.
    pub(crate) clocks: Clocks,
}

/// Cleans up regularly, and looks at the clocks, for as long as the process lives.
pub(crate) fn keep_up(handle: PrometheusHandle, observed: Arc<Observed>, lifecycle: &Lifecycle) {
    let closing = lifecycle.closing().clone();
    lifecycle.tasks().spawn(async move {
        let mut upkeep = interval(UPKEEP);
        while closing.run_until_cancelled(upkeep.tick()).await.is_some() {
            handle.run_upkeep();
            observed.clocks.observe().await;
        }
    });
}

/// Serves `/metrics`.
pub(crate) fn routes(handle: PrometheusHandle, observed: Arc<Observed>) -> Router {
    Router::new().route("/metrics", get(render)).with_state((handle, observed))
}

async fn render(
    State((handle, observed)): State<(PrometheusHandle, Arc<Observed>)>,
) -> ([(axum::http::HeaderName, &'static str); 1], String) {
    process::observe();
    lag::observe(&observed.projector).await;
    observed.clocks.observe().await;
    for (name, pool) in &observed.pools {
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
        metrics::gauge!("hansard_pool_connections", "pool" => *name, "state" => "idle").set(idle);
        metrics::gauge!("hansard_pool_connections", "pool" => *name, "state" => "used")
            .set(pool.size().saturating_sub(idle));
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render())
}
