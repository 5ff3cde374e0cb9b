//! The role `query-api`: what it does beside answering.

use event_store::{Notifications, Store};
use projector::ReadPosition;
use query_api::stream::Hub;
use query_api::{Progress, Queries};
use tokio::sync::watch;

use super::following::Following;
use crate::lifecycle::Lifecycle;

/// Has `progress` hear of each batch: in memory where this process projects, from PostgreSQL besides, since another
/// process may be the one that does.
pub(crate) fn hear(
    lifecycle: &Lifecycle,
    progress: &Progress,
    notifications: &Notifications,
    projected: Option<watch::Receiver<ReadPosition>>,
) {
    let (progress, notifications, closing) = (progress.clone(), notifications.clone(), lifecycle.closing().clone());
    lifecycle.supervise("query-api", move || {
        let (progress, notifications, closing, mut projected) =
            (progress.clone(), notifications.clone(), closing.clone(), projected.clone());
        async move {
            let here = async {
                let Some(projected) = &mut projected else { return std::future::pending().await };
                while projected.changed().await.is_ok() {
                    progress.hear(projected.borrow_and_update().position);
                }
            };
            tokio::select! {
                () = closing.cancelled() => {}
                () = here => {}
                _ = progress.listen(&notifications) => {}
            }
        }
    });
}

/// Has `hub` tell what happens, as `following` follows it, and as `appending` hands it over if this process appends too.
pub(crate) fn tell(
    lifecycle: &Lifecycle,
    hub: &Hub,
    queries: &Queries,
    following: nats::Settings,
    appending: Option<Store>,
) {
    let threads = hub.threads();
    let (hub, queries, closing) = (hub.clone(), queries.clone(), lifecycle.closing().clone());
    lifecycle.supervise_on(threads, "stream", move || {
        let feed = Following::new(following.clone(), appending.as_ref());
        let (hub, queries, closing) = (hub.clone(), queries.clone(), closing.clone());
        async move { _ = closing.run_until_cancelled(Box::pin(hub.run(&queries, feed))).await }
    });
}

/// Has the hubs of an instance whisper to each other: who writes, and who is there.
pub(crate) fn whisper(lifecycle: &Lifecycle, hub: &Hub, client: nats::Client) {
    let (hub, closing) = (hub.clone(), lifecycle.closing().clone());
    lifecycle.supervise("whispers", move || {
        let (hub, client, closing) = (hub.clone(), client.clone(), closing.clone());
        async move {
            let pass_on = nats::pass_on(client, hub.whispers(), |text| hub.overhears(text));
            _ = closing.run_until_cancelled(pass_on).await;
        }
    });
}

/// Has the clients of people who are called told what those who call have them told.
pub(crate) fn signal(lifecycle: &Lifecycle, hub: &Hub, client: nats::Client) {
    let (hub, closing) = (hub.clone(), lifecycle.closing().clone());
    lifecycle.supervise("signals", move || {
        let (hub, client, closing) = (hub.clone(), client.clone(), closing.clone());
        async move {
            let hear = nats::hear_signals(client, |user, signal| hub.signals(user, signal));
            _ = closing.run_until_cancelled(hear).await;
        }
    });
}
