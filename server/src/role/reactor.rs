//! The role `reactor`: what acts by itself.

use api_kit::Context;
use nats::Lease;
use reactor::{Attendant, Collector, Expirer, Finisher};

use super::under_lease;
use crate::lifecycle::Lifecycle;

/// What acts by itself.
#[derive(Clone)]
pub(crate) struct Acting {
    pub(crate) collector: Collector,
    pub(crate) attendant: Attendant,
    pub(crate) finisher: Finisher,
    pub(crate) expirer: Expirer,
}

/// Begins to collect blobs that nothing refers to, to look after calls, to finish erasures, and to end what rooms keep for a
/// time only, whenever this process holds the lease.
pub(crate) fn start(lifecycle: &Lifecycle, lease: Lease, acting: Acting, context: &Context) {
    let context = context.clone();
    under_lease(lifecycle, "reactor", lease, move || {
        let (acting, context) = (acting.clone(), context.clone());
        async move {
            tokio::select! {
                never = Box::pin(acting.collector.run(|| context.now())) => never,
                never = Box::pin(acting.attendant.run(|| context.now())) => never,
                never = Box::pin(acting.finisher.run(|| context.now())) => never,
                never = Box::pin(acting.expirer.run(|| context.now())) => never,
            }
        }
    });
}
