//! The role `reactor`: what acts by itself.

use api_kit::Context;
use nats::Lease;
use reactor::{Attendant, Collector, Finisher};

use super::under_lease;
use crate::lifecycle::Lifecycle;

/// Begins to collect blobs that nothing refers to, to look after calls, and to finish erasures, whenever this process holds the
/// lease.
pub(crate) fn start(
    lifecycle: &Lifecycle,
    lease: Lease,
    collector: Collector,
    attendant: Attendant,
    finisher: Finisher,
    context: &Context,
) {
    let context = context.clone();
    under_lease(lifecycle, "reactor", lease, move || {
        let (collector, attendant, finisher) = (collector.clone(), attendant.clone(), finisher.clone());
        let context = context.clone();
        async move {
            tokio::select! {
                never = Box::pin(collector.run(|| context.now())) => never,
                never = Box::pin(attendant.run(|| context.now())) => never,
                never = Box::pin(finisher.run(|| context.now())) => never,
            }
        }
    });
}
