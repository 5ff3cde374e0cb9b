//! The role `reactor`: what acts by itself.

use api_kit::Context;
use nats::Lease;
use reactor::Collector;

use crate::lifecycle::Lifecycle;

/// Begins to collect blobs that nothing refers to, whenever this process holds the lease.
pub(crate) fn start(lifecycle: &Lifecycle, lease: Lease, collector: Collector, context: &Context) {
    let (closing, context) = (lifecycle.closing().clone(), context.clone());
    lifecycle.supervise("reactor", move || {
        let (closing, lease, collector, context) = (closing.clone(), lease.clone(), collector.clone(), context.clone());
        async move {
            let work = async {
                loop {
                    if let Err(error) = lease.acquire().await {
                        tracing::warn!(%error, "not known who collects; asking again");
                        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                        continue;
                    }
                    tokio::select! {
                        _ = lease.keep() => {}
                        _ = collector.run(|| context.now()) => {}
                    }
                }
            };
            closing.run_until_cancelled(work).await.unwrap_or(());
            _ = lease.release().await;
        }
    });
}
