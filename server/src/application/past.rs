//! The parts of a process that serves everything as it was.

use std::sync::Arc;

use api_kit::{Context, Limits};
use event_store::{Reader, Store};
use projector::{Pace, Projector};
use query_api::{Progress, Queries};
use sqlx::PgPool;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::parts::Parts;
use super::start::{StartError, open_log};
use crate::access;
use crate::database::Access;
use crate::health::Dependencies;
use crate::lifecycle::Lifecycle;
use crate::metrics::Clocks;
use crate::past::{Gate, Keys, copy, guarded};
use crate::settings::{Past, Settings};
use crate::{http, migrations, role};

/// Connections to the database of today: who looks, and what was destroyed.
const TODAY: u32 = 4;

/// Connections of the projector: what it asks for, and one to purge.
const PROJECTING: u32 = 7;

/// Connections for all else.
const FEW: u32 = 2;

/// The database of the past, by what is done there.
struct Then {
    owner: PgPool,
    observer: PgPool,
    writer: PgPool,
    projector: PgPool,
    queries: PgPool,
}

impl Parts {
    /// Copies the log up to there, if that was not done before, and starts what makes read models of it. That it does is on record
    /// before.
    pub(super) async fn of_the_past(
        settings: &Settings,
        past: &Past,
        context: &Context,
        lifecycle: &Lifecycle,
    ) -> Result<Self, StartError> {
        settings.database.answers().await?;
        let today = settings.database.pool(Access::Reader, "today", TODAY)?;
        migrations::check(&today).await?;
        let limits = Limits::new(settings.http.limits());
        let of_today = today_s(settings, past, &today, &limits, context, lifecycle).await?;
        let then = Then::made(settings, past).await?;
        copy(&today, &then.owner, past.as_of).await?;
        let keys = Keys::new(today.clone(), then.owner.clone(), past.as_of);
        keys.hear().await?;

        let store = open_log(then.writer.clone(), settings.keys.read()?, lifecycle.tasks()).await?;
        role::hear_of_lost_keys(lifecycle, &store);
        let projector = |pool: &PgPool| {
            Projector::new(pool.clone(), Reader::new(pool.clone()), store.keyring().clone(), Pace::default())
        };
        let projecting = projector(&then.projector);
        let projected = projecting.position();
        let (reader, name) = (Reader::new(then.projector.clone()), "projector".to_owned());
        let following = nats::Settings { client: None, reader, notifications: store.notifications().clone(), name };
        role::projector::start(lifecycle, projecting, following, None);
        let progress = Progress::default();
        role::query_api::hear(lifecycle, &progress, store.notifications(), Some(projected));

        let queries = Queries::new(then.queries.clone(), store.clone(), progress, limits, then.clock(past).await?);
        let queries =
            queries.with_directory(settings.http.directory()).with_blobs(settings.blobs.storage.open().await?);
        let gate = Gate { today: of_today, keys, as_of: past.as_of };
        let edges = [guarded(query_api::router(queries).into(), gate), http::read_only(&http::document())];
        let readiness = Arc::new(Dependencies::new(then.observer.clone(), lifecycle.stopping().clone()));
        let router = http::router(edges, [], readiness, context.clone(), settings.http.trusted_proxies.clone());
        let onlooker = projector(&then.observer);
        let clocks = Clocks::new(today.clone(), context.clone());
        Ok(Self { router, pools: then.named(today), onlooker, clocks, hub: None })
    }
}

/// What tells who is an auditor today, and keeps the record of their looks; and of the copy that is made for them.
async fn today_s(
    settings: &Settings,
    past: &Past,
    today: &PgPool,
    limits: &Limits,
    context: &Context,
    lifecycle: &Lifecycle,
) -> Result<Queries, StartError> {
    let writer = settings.database.pool(Access::Writer, "record", FEW)?;
    let store: Store = open_log(writer, settings.keys.read()?, lifecycle.tasks()).await?;
    role::hear_of_lost_keys(lifecycle, &store);
    let what = format!("hansard serve --as-of {}: a copy of the log up to there", past.as_of);
    access::record(&store, context, &past.reason, &what).await?;
    Ok(Queries::new(today.clone(), store, Progress::default(), limits.clone(), context.clone()))
}

impl Then {
    /// Migrated, with read models that are empty before the first start.
    async fn made(settings: &Settings, past: &Past) -> Result<Self, StartError> {
        let database = past.database(&settings.database);
        database.answers().await?;
        let owner = database.pool(Access::Owner, "past", FEW)?;
        migrations::apply(&mut *owner.acquire().await?, migrations::LOCK_WAIT).await?;
        let then = Self {
            owner,
            observer: database.pool(Access::Reader, "observer", FEW)?,
            writer: database.pool(Access::Writer, "past", FEW)?,
            projector: database.pool(Access::Projector, "projector", PROJECTING)?,
            queries: database.pool(Access::Reader, "queries", settings.pools.query_connections)?,
        };
        projector::prepare(&then.projector).await?;
        Ok(then)
    }

    /// Stands at the last event: what ran out since, bans and mutes, was in force then.
    async fn clock(&self, past: &Past) -> Result<Context, StartError> {
        let reader = Reader::new(self.observer.clone());
        let last = reader.after(past.as_of - 1, 1).await?.pop();
        let metadata = last.and_then(|last| last.metadata().ok());
        let then = metadata.and_then(|last| OffsetDateTime::parse(&last.occurred_at, &Rfc3339).ok());
        Ok(Context::fixed(then.unwrap_or(OffsetDateTime::UNIX_EPOCH), 0))
    }

    fn named(self, today: PgPool) -> Vec<(&'static str, PgPool)> {
        let Self { owner, observer, writer, projector, queries } = self;
        vec![
            ("today", today),
            ("owner", owner),
            ("observer", observer),
            ("commands", writer),
            ("projector", projector),
            ("queries", queries),
        ]
    }
}
