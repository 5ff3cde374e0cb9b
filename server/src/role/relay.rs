//! The role `relay`: the log goes to NATS.

use event_store::{Notifications, Store};
use nats::{Connect, Relay, RelaySettings, Retention, Status};
use sqlx::PgPool;
use tokio::sync::watch;
use uuid::Uuid;

use crate::lifecycle::Lifecycle;

/// What the relay of a process works with.
pub(crate) struct Relaying {
    /// NATS, as the relay.
    pub(crate) connect: Connect,
    /// How much the stream keeps.
    pub(crate) retention: Retention,
    /// An id of this process alone.
    pub(crate) holder: Uuid,
    /// In the role of the writer.
    pub(crate) pool: PgPool,
    /// What PostgreSQL tells this process.
    pub(crate) notifications: Notifications,
    /// Where this process appends too: what it commits is handed over in memory.
    pub(crate) store: Option<Store>,
}

impl Relaying {
    /// Begins to relay; what the relay is doing.
    pub(crate) fn start(self, lifecycle: &Lifecycle) -> watch::Receiver<Status> {
        let (status, seen) = watch::channel(Status::Away);
        let closing = lifecycle.closing().clone();
        lifecycle.supervise("relay", move || {
            let relay = Relay::new(RelaySettings {
                connect: self.connect.clone(),
                pool: self.pool.clone(),
                notifications: self.notifications.clone(),
                holder: self.holder,
                retention: self.retention,
                committed: self.store.as_ref().map(Store::committed),
            });
            let (mut now, status, closing) = (relay.status(), status.clone(), closing.clone());
            async move {
                let telling = async {
                    while now.changed().await.is_ok() {
                        status.send_replace(*now.borrow_and_update());
                    }
                    std::future::pending::<()>().await;
                };
                tokio::select! {
                    () = relay.run(closing) => {}
                    () = telling => {}
                }
            }
        });
        seen
    }
}
