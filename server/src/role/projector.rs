//! The role `projector`: the log becomes read models.

use event_store::Store;
use projector::Projector;

use super::following::Following;
use crate::lifecycle::Lifecycle;

/// Begins to project what `following` follows, and what `appending` hands over if this process appends too; and to purge
/// what is erased.
pub(crate) fn start(lifecycle: &Lifecycle, projector: Projector, following: nats::Settings, appending: Option<Store>) {
    let (closing, purging) = (lifecycle.closing().clone(), projector.clone());
    lifecycle.supervise("purge", move || {
        let (projector, closing) = (purging.clone(), closing.clone());
        async move { projector.purge(closing).await }
    });
    let closing = lifecycle.closing().clone();
    lifecycle.supervise("projector", move || {
        let (projector, feed, closing) =
            (projector.clone(), Following::new(following.clone(), appending.as_ref()), closing.clone());
        async move { projector.run(feed, closing).await }
    });
}
