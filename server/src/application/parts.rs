//! The parts of a process, made of its roles and wired to each other.

use std::sync::Arc;

use api_kit::render::Render;
use api_kit::{Context, Limits};
use axum::Router;
use command_api::accounts::{Accounts, Hasher};
use command_api::{CommandSettings, Commands};
use event_store::{Reader, Store};
use projector::{Pace, Projector};
use query_api::{Progress, Queries, Renderer};
use sqlx::PgPool;

use super::start::{StartError, open_log};
use crate::database::Access;
use crate::health::Dependencies;
use crate::lifecycle::Lifecycle;
use crate::role::relay::Relaying;
use crate::role::{self, Role};
use crate::settings::Settings;
use crate::{http, migrations};

/// Connections for telling how the process is, so that full pools do not look like a database that is away.
const OBSERVING: u32 = 2;

/// Connections of a relay, besides the one that listens: renewing its lease, reading what it was not handed.
const RELAYING: u32 = 2;

/// Connections of a projector: what it asks for.
const PROJECTING: u32 = 6;

/// What a process is made of.
pub(super) struct Parts {
    /// What its listener serves.
    pub(super) router: Router,
    /// Its connections, by name.
    pub(super) pools: Vec<(&'static str, PgPool)>,
    /// Tells how far the read models are, whoever fills them.
    pub(super) onlooker: Projector,
}

impl Parts {
    /// Makes the parts and starts those that follow the log.
    pub(super) async fn make(
        settings: &Settings,
        context: &Context,
        lifecycle: &Lifecycle,
    ) -> Result<Self, StartError> {
        let Settings { roles, database, pools: sizes, .. } = settings;
        let master = settings.keys.read()?;
        database.answers().await?;
        let observer = database.pool(Access::Reader, "observer", OBSERVING)?;
        migrations::check(&observer).await?;
        let writer = database.pool(Access::Writer, "commands", sizes.command_connections)?;
        let store = open_log(writer.clone(), master, lifecycle.tasks()).await?;
        let mut pools = vec![("observer", observer.clone()), ("commands", writer)];
        let mut dependencies = Dependencies::new(observer.clone(), lifecycle.stopping().clone());
        let projector = |pool: &PgPool| {
            Projector::new(pool.clone(), Reader::new(pool.clone()), store.keyring().clone(), Pace::default())
        };
        let onlooker = projector(&observer);

        if roles.has(Role::Relay)
            && let Some(connect) = settings.nats.relay()
        {
            let pool = database.pool(Access::Writer, "relay", RELAYING)?;
            pools.push(("relay", pool.clone()));
            let relaying = Relaying {
                connect,
                retention: settings.nats.retention(),
                holder: context.new_id(),
                pool,
                store: roles.has(Role::CommandApi).then(|| store.clone()),
            };
            dependencies.relay = Some(relaying.start(lifecycle));
        }
        let mut projected = None;
        if roles.has(Role::Projector) {
            let pool = database.pool(Access::Projector, "projector", PROJECTING)?;
            pools.push(("projector", pool.clone()));
            let client = match settings.nats.projector() {
                Some(connect) => Some(nats::connect(&connect).await?),
                None => None,
            };
            dependencies.follower.clone_from(&client);
            let projector = projector(&pool);
            projected = Some(projector.position());
            let (reader, name) = (Reader::new(pool.clone()), "projector".to_owned());
            role::projector::start(lifecycle, projector, nats::Settings { client, reader, pool, name });
        }

        let limits = Limits::new(settings.http.limits());
        let mut edges = Vec::new();
        let mut render: Option<Arc<dyn Render>> = None;
        if roles.has(Role::QueryApi) {
            let pool = database.pool(Access::Reader, "queries", sizes.query_connections)?;
            pools.push(("queries", pool.clone()));
            let progress = Progress::default();
            role::query_api::hear(lifecycle, &progress, &pool, projected);
            let queries = Queries::new(pool, store.clone(), progress, limits.clone(), context.clone());
            role::query_api::observe(lifecycle, &queries);
            render = Some(Arc::new(Renderer::new(queries.clone())));
            edges.push(query_api::router(queries).into());
        }
        if roles.has(Role::CommandApi) {
            edges.push(command_api::routes(commands(settings, context, store, limits, render).await?).into());
        }
        let router =
            http::router(edges, Arc::new(dependencies), context.clone(), settings.http.trusted_proxies.clone());
        Ok(Self { router, pools, onlooker })
    }
}

async fn commands(
    settings: &Settings,
    context: &Context,
    store: Store,
    limits: Limits,
    render: Option<Arc<dyn Render>>,
) -> Result<Commands, StartError> {
    let accounts = Accounts::open(store.clone(), Hasher::new(context.clone())).await?;
    let lifetime = CommandSettings { session_lifetime: settings.http.session_lifetime() };
    Ok(Commands::open(store, accounts, context.clone(), limits, render, lifetime).await?)
}
