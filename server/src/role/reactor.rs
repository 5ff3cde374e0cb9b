//! The role `reactor`: what acts by itself.

use api_kit::Context;
use nats::Lease;
use reactor::{Attendant, Collector};

use crate::lifecycle::Lifecycle;

/// Begins to collect blobs that nothing refers to, and to look after calls, whenever this process holds the lease.
pub(crate) fn start(
    lifecycle: &Lifecycle,
    lease: Lease,
    collector: Collector,
    attendant: Attendant,
    context: &Context,
) {
    let (closing, context) = (lifecycle.closing().clone(), context.clone());
    lifecycle.supervise("reactor", move || {
        let (closing, lease, context) = (closing.clone(), lease.clone(), context.clone());
        let (collector, attendant) = (collector.clone(), attendant.clone());
        async move {
            let work = async {
                loop {
                    if let Err(error) = lease.acquire().await {
                        tracing::warn!(%error, "not known who acts; asking again");
                        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                        continue;
                    }
                    tokio::select! {
                        _ = lease.keep() => {}
                        _ = Box::pin(collector.run(|| context.now())) => {}
                        _ = Box::pin(attendant.run(|| context.now())) => {}
                    }
                }
            };
            closing.run_until_cancelled(work).await.unwrap_or(());
            _ = lease.release().await;
        }
    });
}
