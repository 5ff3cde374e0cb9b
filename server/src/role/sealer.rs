//! The role `sealer`: signs the record of the log.

use api_kit::Context;
use nats::Lease;
use sealer::Sealer;

use crate::lifecycle::Lifecycle;

/// Begins to seal the log, whenever this process holds the lease.
pub(crate) fn start(lifecycle: &Lifecycle, lease: Lease, sealer: Sealer, context: &Context) {
    let (closing, context) = (lifecycle.closing().clone(), context.clone());
    lifecycle.supervise("sealer", move || {
        let (closing, lease, sealer, context) = (closing.clone(), lease.clone(), sealer.clone(), context.clone());
        async move {
            let work = async {
                loop {
                    if let Err(error) = lease.acquire().await {
                        tracing::warn!(%error, "not known who seals; asking again");
                        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                        continue;
                    }
                    tokio::select! {
                        _ = lease.keep() => {}
                        _ = sealer.run(|| context.now()) => {}
                    }
                }
            };
            closing.run_until_cancelled(work).await.unwrap_or(());
            _ = lease.release().await;
        }
    });
}
