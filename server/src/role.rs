//! The parts that a process may play.

mod following;
pub(crate) mod projector;
pub(crate) mod query_api;
pub(crate) mod reactor;
pub(crate) mod relay;
pub(crate) mod sealer;

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use api_kit::{Context, Sightings};
use event_store::Store;
use nats::Lease;
use sqlx::PgPool;
use tokio::time::sleep;

use crate::lifecycle::Lifecycle;

/// A part that a process may play.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Takes commands over HTTP and appends to the log.
    CommandApi,
    /// Publishes the log to NATS.
    Relay,
    /// Turns the log into read models.
    Projector,
    /// Answers queries over HTTP.
    QueryApi,
    /// Signs the record of the log.
    Sealer,
    /// Acts by itself: removes bytes that nothing refers to.
    Reactor,
}

impl Role {
    /// Every one, in the order of the walk.
    pub const ALL: [Self; 6] =
        [Self::CommandApi, Self::Relay, Self::Projector, Self::QueryApi, Self::Sealer, Self::Reactor];

    /// Its name in settings and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::CommandApi => "command-api",
            Self::Relay => "relay",
            Self::Projector => "projector",
            Self::QueryApi => "query-api",
            Self::Sealer => "sealer",
            Self::Reactor => "reactor",
        }
    }
}

/// The parts that one process plays: at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roles(BTreeSet<Role>);

impl Roles {
    /// Every one.
    pub fn all() -> Self {
        Self(Role::ALL.into())
    }

    /// Whether `role` is among them.
    pub fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.iter().map(|role| role.name()).collect::<Vec<_>>().join(","))
    }
}

/// A name that is no role's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no role `{0}`: there are command-api, relay, projector, query-api, sealer and reactor")]
pub struct NoSuchRole(String);

impl FromStr for Roles {
    type Err = NoSuchRole;

    fn from_str(text: &str) -> Result<Self, NoSuchRole> {
        let role = |name: &str| {
            Role::ALL.into_iter().find(|role| role.name() == name).ok_or_else(|| NoSuchRole(name.to_owned()))
        };
        text.split(',').map(|name| role(name.trim())).collect::<Result<_, _>>().map(Self)
    }
}

/// Pause before a lease is asked for again that could not be asked for.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Has `work` done, from its beginning, whenever this process holds the lease.
fn under_lease<W: Future<Output = Infallible> + Send + 'static>(
    lifecycle: &Lifecycle,
    name: &'static str,
    lease: Lease,
    work: impl Fn() -> W + Clone + Send + Sync + 'static,
) {
    let closing = lifecycle.closing().clone();
    lifecycle.supervise(name, move || {
        let (closing, lease, work) = (closing.clone(), lease.clone(), work.clone());
        async move {
            let turns = async {
                loop {
                    if let Err(error) = lease.acquire().await {
                        tracing::warn!(%error, role = name, "not known who acts; asking again");
                        sleep(ASK_AGAIN).await;
                        continue;
                    }
                    tokio::select! {
                        _ = lease.keep() => {}
                        never = work() => match never {},
                    }
                }
            };
            closing.run_until_cancelled(turns).await.unwrap_or(());
            _ = lease.release().await;
        }
    });
}

/// Drops, in whatever role, what keys opened that another process destroys.
pub(crate) fn hear_of_lost_keys(lifecycle: &Lifecycle, store: &Store) {
    let (store, closing) = (store.clone(), lifecycle.closing().clone());
    lifecycle.supervise("keys", move || {
        let (store, closing) = (store.clone(), closing.clone());
        async move {
            _ = closing.run_until_cancelled(store.hear_of_losses()).await;
        }
    });
}

/// Writes down now and then, and once more at the end, which sessions were seen by either edge.
pub(crate) fn observe(lifecycle: &Lifecycle, sightings: &Sightings, pool: &PgPool, context: &Context) {
    let (sightings, pool, context) = (sightings.clone(), pool.clone(), context.clone());
    let closing = lifecycle.closing().clone();
    lifecycle.supervise("sightings", move || {
        let (sightings, pool, context, closing) = (sightings.clone(), pool.clone(), context.clone(), closing.clone());
        async move {
            _ = closing.run_until_cancelled(sightings.observe(&pool, &context)).await;
            sightings.observe_once(&pool).await;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_named_and_unknown_names_are_refused() {
        let some: Roles = "query-api, projector".parse().unwrap();
        assert!(some.has(Role::Projector) && some.has(Role::QueryApi) && !some.has(Role::Relay));
        assert_eq!(some.to_string(), "projector,query-api");
        assert_eq!(Roles::all().to_string().parse(), Ok(Roles::all()));
        assert_eq!("relay,smelter".parse::<Roles>(), Err(NoSuchRole("smelter".to_owned())));
        assert!("".parse::<Roles>().is_err());
    }
}
