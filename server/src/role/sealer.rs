//! The role `sealer`: signs the record of the log.

use api_kit::Context;
use nats::Lease;
use sealer::Sealer;

use super::under_lease;
use crate::lifecycle::Lifecycle;

/// Begins to seal the log, whenever this process holds the lease.
pub(crate) fn start(lifecycle: &Lifecycle, lease: Lease, sealer: Sealer, context: &Context) {
    let context = context.clone();
    under_lease(lifecycle, "sealer", lease, move || {
        let (sealer, context) = (sealer.clone(), context.clone());
        async move { sealer.run(|| context.now()).await }
    });
}
