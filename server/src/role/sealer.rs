//! The role `sealer`: signs the record of the log.

use api_kit::Context;
use futures::future::join_all;
use nats::Lease;
use sealer::{Pusher, Sealer};

use super::under_lease;
use crate::lifecycle::Lifecycle;

/// Begins to seal the log, and to bring its heads to others, whenever this process holds the lease.
pub(crate) fn start(lifecycle: &Lifecycle, lease: Lease, sealer: Sealer, pushers: Vec<Pusher>, context: &Context) {
    let context = context.clone();
    under_lease(lifecycle, "sealer", lease, move || {
        let (sealer, pushers, context) = (sealer.clone(), pushers.clone(), context.clone());
        async move {
            let pushing = join_all(pushers.iter().map(Pusher::run));
            let (never, _) = tokio::join!(sealer.run(|| context.now()), pushing);
            never
        }
    });
}
