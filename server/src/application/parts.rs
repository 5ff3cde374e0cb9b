//! The parts of a process, made of its roles and wired to each other.

use std::sync::Arc;

use api_kit::render::Render;
use api_kit::{Context, Limits, Sightings};
use axum::Router;
use blob_store::Blobs;
use command_api::accounts::{Accounts, Hasher};
use command_api::mail::Mailroom;
use command_api::{CommandSettings, Commands, Files, Signals};
use event_store::{Reader, Store};
use nats::Lease;
use projector::{Pace, Projector, ReadPosition};
use query_api::stream::Hub;
use query_api::{FileUsage, MemberNames, Progress, Queries, Renderer};
use reactor::{Attendant, Collector, Expirer, Finisher};
use sealer::{Pusher, Sealer};
use sqlx::PgPool;
use tokio::sync::watch;

use super::start::{StartError, open_log};
use crate::database::Access;
use crate::health::{Dependencies, StorageHealth};
use crate::lifecycle::Lifecycle;
use crate::metrics::Clocks;
use crate::replayer::Replayer;
use crate::role::relay::Relaying;
use crate::role::{self, Role};
use crate::settings::Settings;
use crate::signals::Carrier;
use crate::{http, mail, migrations};

/// Connections for telling how the process is, so that full pools do not look like a database that is away.
const OBSERVING: u32 = 2;

/// Connections of a relay: renewing its lease, reading what it was not handed.
const RELAYING: u32 = 2;

/// Connections of a projector: what it asks for, and one to purge.
const PROJECTING: u32 = 7;

/// Connections for finding whom messages mention and what files take up, also where no queries are answered: there one of
/// them hears how far the read models are.
const NAMING: u32 = 2;

/// Connections of what acts by itself.
const REACTING: u32 = 2;

/// Connections of a sealer.
const SEALING: u32 = 1;

/// Connections for bringing signed heads to others.
const PUSHING: u32 = 1;

/// What a process is made of.
pub(super) struct Parts {
    /// What its listener serves.
    pub(super) router: Router,
    /// Its connections, by name.
    pub(super) pools: Vec<(&'static str, PgPool)>,
    /// Tells how far the read models are, whoever fills them.
    pub(super) onlooker: Projector,
    /// Tells whether clocks agree.
    pub(super) clocks: Clocks,
    /// Who has streams: its threads also carry connections of the pools, so it is kept until those are closed.
    pub(super) hub: Option<Hub>,
}

impl Parts {
    /// Makes the parts and starts those that follow the log.
    pub(super) async fn make(
        settings: &Settings,
        context: &Context,
        lifecycle: &Lifecycle,
    ) -> Result<Self, StartError> {
        let master = settings.keys.read()?;
        settings.database.answers().await?;
        let observer = settings.database.pool(Access::Reader, "observer", OBSERVING)?;
        migrations::check(&observer).await?;
        let writer = settings.database.pool(Access::Writer, "commands", settings.pools.command_connections)?;
        let store = open_log(writer.clone(), master, lifecycle.tasks()).await?;
        role::hear_of_lost_keys(lifecycle, &store);

        let dependencies = Dependencies::new(observer.clone(), lifecycle.stopping().clone());
        let limits = Limits::new(settings.http.limits());
        let pools = vec![("observer", observer.clone()), ("commands", writer)];
        let (progress, hub) = (None, None);
        let sightings = Sightings::default();
        let mut making =
            Making { settings, context, lifecycle, store, limits, dependencies, pools, progress, hub, sightings };
        making.relay()?;
        let projected = making.projector().await?;
        let mut edges = Vec::new();
        let mut render: Option<Arc<dyn Render>> = None;
        let mut uploads = Vec::new();
        if let Some(queries) = making.queries(projected).await? {
            render = Some(Arc::new(Renderer::new(queries.clone())));
            edges.push(query_api::router(queries).into());
        }
        if let Some(commands) = making.commands(render).await? {
            uploads.push(command_api::uploads(commands.clone()).into());
            edges.push(command_api::routes(commands).into());
        }
        making.sealer()?;
        making.reactor().await?;
        making.storage().await?;
        let onlooker = making.projector_over(&observer);
        let Making { dependencies, pools, hub, .. } = making;
        let proxies = settings.http.trusted_proxies.clone();
        let router = http::router(edges, uploads, Arc::new(dependencies), context.clone(), proxies);
        let clocks = Clocks::new(observer, context.clone());
        Ok(Self { router, pools, onlooker, clocks, hub })
    }
}

/// Parts in the making. Each role that is not played makes nothing.
struct Making<'a> {
    settings: &'a Settings,
    context: &'a Context,
    lifecycle: &'a Lifecycle,
    store: Store,
    limits: Limits,
    dependencies: Dependencies,
    pools: Vec<(&'static str, PgPool)>,
    /// How far the read models are, as it is heard where queries are answered.
    progress: Option<Progress>,
    /// Who has streams, where queries are answered.
    hub: Option<Hub>,
    /// Whose sessions are seen.
    sightings: Sightings,
}

impl Making<'_> {
    fn plays(&self, role: Role) -> bool {
        self.settings.roles.has(role)
    }

    /// A pool that `/metrics` shows and the end of the process closes.
    fn pool(&mut self, access: Access, name: &'static str, most: u32) -> Result<PgPool, StartError> {
        let pool = self.settings.database.pool(access, name, most)?;
        self.pools.push((name, pool.clone()));
        Ok(pool)
    }

    fn projector_over(&self, pool: &PgPool) -> Projector {
        Projector::new(pool.clone(), Reader::new(pool.clone()), self.store.keyring().clone(), Pace::default())
    }

    fn sealer(&mut self) -> Result<(), StartError> {
        if !self.plays(Role::Sealer) {
            return Ok(());
        }
        let Some(keys) = self.settings.record.read()? else {
            tracing::info!("HANSARD_SIGNING_KEY_FILE is not set: the record is not signed");
            return Ok(());
        };
        let pool = self.pool(Access::Sealer, "sealer", SEALING)?;
        let leases = self.pool(Access::Writer, "sealer's lease", 1)?;
        let lease = Lease::new(leases, "sealer", self.context.new_id());
        let targets: Vec<_> = self.settings.record.targets()?.into_iter().map(Arc::new).collect();
        let sealer = Sealer::new(pool, keys, self.settings.record.record_name.clone()).compared_with(targets.clone());
        let mut pushers = vec![];
        if !targets.is_empty() {
            let pool = self.pool(Access::Sealer, "checkpoints", PUSHING)?;
            pushers.extend(targets.into_iter().map(|target| Pusher::new(pool.clone(), target, sealer.signed())));
        }
        role::sealer::start(self.lifecycle, lease, sealer, pushers, self.context);
        Ok(())
    }

    async fn reactor(&mut self) -> Result<(), StartError> {
        if !self.plays(Role::Reactor) {
            return Ok(());
        }
        let pool = self.pool(Access::Reader, "reactor", REACTING)?;
        let leases = self.pool(Access::Writer, "leases", 1)?;
        let lease = Lease::new(leases, "reactor", self.context.new_id());
        let (settings, blobs) = (self.settings.blobs.collector(), self.blobs().await?);
        let acting = role::reactor::Acting {
            attendant: Attendant::new(self.store.clone(), pool.clone()),
            finisher: Finisher::new(self.store.clone(), pool.clone(), blobs.clone()),
            expirer: Expirer::new(self.store.clone(), pool.clone()),
            collector: Collector::new(self.store.clone(), pool, blobs, settings),
        };
        role::reactor::start(self.lifecycle, lease, acting, self.context);
        Ok(())
    }

    /// Has the storage looked at, if this process has to do with it.
    async fn storage(&mut self) -> Result<(), StartError> {
        let takes = self.plays(Role::CommandApi) || self.plays(Role::Reactor);
        if takes || self.plays(Role::QueryApi) {
            let keep_free = takes.then(|| self.settings.blobs.storage.keep_free());
            let (blobs, context) = (self.blobs().await?, self.context.clone());
            self.dependencies.storage = Some(Arc::new(StorageHealth { blobs, keep_free, context }));
        }
        Ok(())
    }

    /// Where files' bytes are.
    async fn blobs(&self) -> Result<Blobs, StartError> {
        Ok(self.settings.blobs.storage.open().await?)
    }

    fn relay(&mut self) -> Result<(), StartError> {
        if !self.plays(Role::Relay) {
            return Ok(());
        }
        let Some(connect) = self.settings.nats.relay() else {
            tracing::info!("HANSARD_NATS_URL is not set: nothing is relayed, read models are filled from PostgreSQL");
            return Ok(());
        };
        let relaying = Relaying {
            connect,
            retention: self.settings.nats.retention(),
            holder: self.context.new_id(),
            pool: self.pool(Access::Writer, "relay", RELAYING)?,
            notifications: self.store.notifications().clone(),
            store: self.plays(Role::CommandApi).then(|| self.store.clone()),
        };
        self.dependencies.relay = Some(relaying.start(self.lifecycle));
        Ok(())
    }

    /// Where the read models are, told by the projector of this process.
    async fn projector(&mut self) -> Result<Option<watch::Receiver<ReadPosition>>, StartError> {
        if !self.plays(Role::Projector) {
            return Ok(None);
        }
        let pool = self.pool(Access::Projector, "projector", PROJECTING)?;
        let client = match self.settings.nats.projector() {
            Some(connect) => Some(nats::connect(&connect).await?),
            None => None,
        };
        self.dependencies.follower.clone_from(&client);
        let projector = self.projector_over(&pool);
        let projected = projector.position();
        let (notifications, reader, name) =
            (self.store.notifications().clone(), Reader::new(pool), "projector".to_owned());
        let appending = self.plays(Role::CommandApi).then(|| self.store.clone());
        role::projector::start(
            self.lifecycle,
            projector,
            nats::Settings { client, reader, notifications, name },
            appending,
        );
        Ok(Some(projected))
    }

    /// Hears how far the read models are, once in a process.
    fn hear(&mut self, projected: Option<watch::Receiver<ReadPosition>>) -> Progress {
        if let Some(progress) = &self.progress {
            return progress.clone();
        }
        let progress = Progress::default();
        role::query_api::hear(self.lifecycle, &progress, self.store.notifications(), projected);
        self.progress.insert(progress).clone()
    }

    async fn queries(
        &mut self,
        projected: Option<watch::Receiver<ReadPosition>>,
    ) -> Result<Option<Queries>, StartError> {
        if !self.plays(Role::QueryApi) {
            return Ok(None);
        }
        let pool = self.pool(Access::Reader, "queries", self.settings.pools.query_connections)?;
        let progress = self.hear(projected);
        let (limits, context) = (self.limits.clone(), self.context.clone());
        let (tasks, stopping) = (self.lifecycle.tasks().clone(), self.lifecycle.stopping().clone());
        let hub = Hub::new(self.context.new_id(), tasks, stopping, self.settings.stream.hub());
        let hub = hub.map_err(StartError::NoThreads)?;
        let queries = Queries::new(pool.clone(), self.store.clone(), progress, limits, context);
        let queries = queries.with_directory(self.settings.http.directory()).with_blobs(self.blobs().await?);
        let queries = queries.with_turn(self.settings.turn.servers()).with_hub(hub.clone());
        let queries = queries.with_replay(Arc::new(Replayer(self.store.keyring().clone())));
        let queries = queries.with_sightings(self.sightings.clone());
        role::observe(self.lifecycle, &self.sightings, &pool, self.context);
        let client = match self.settings.nats.query_api() {
            Some(connect) => Some(nats::connect(&connect).await?),
            None => None,
        };
        if let Some(client) = client.clone() {
            role::query_api::whisper(self.lifecycle, &hub, client.clone());
            role::query_api::signal(self.lifecycle, &hub, client);
        }
        let (notifications, reader, name) =
            (self.store.notifications().clone(), Reader::new(pool), "stream".to_owned());
        let following = nats::Settings { client, reader, notifications, name };
        let appending = self.plays(Role::CommandApi).then(|| self.store.clone());
        role::query_api::tell(self.lifecycle, &hub, &queries, following, appending);
        self.hub = Some(hub);
        Ok(Some(queries))
    }

    /// Who carries signals of calls; nobody without NATS.
    async fn signals(&self) -> Result<Option<Arc<dyn Signals>>, StartError> {
        let Some(connect) = self.settings.nats.command_api() else { return Ok(None) };
        Ok(Some(Arc::new(Carrier(nats::connect(&connect).await?))))
    }

    /// With `render`, commands that answer with a thing show it as queries do.
    async fn commands(&mut self, render: Option<Arc<dyn Render>>) -> Result<Option<Commands>, StartError> {
        if !self.plays(Role::CommandApi) {
            return Ok(None);
        }
        let (store, context, limits) = (self.store.clone(), self.context.clone(), self.limits.clone());
        let accounts = Accounts::open(store.clone(), Hasher::new(context.clone())).await?;
        let postman = mail::postman(&self.settings.mail, self.context)?;
        let public_url = &self.settings.mail.public_url;
        let (outbox, mailroom) = Mailroom::new(accounts.clone(), context.clone(), public_url, postman);
        mail::start(self.lifecycle, mailroom);
        let http = &self.settings.http;
        let settings = CommandSettings { session_lifetime: http.session_lifetime(), registration: http.registration() };
        let names = self.pool(Access::Reader, "names", NAMING)?;
        if !self.plays(Role::QueryApi) {
            role::observe(self.lifecycle, &self.sightings, &names, self.context);
        }
        let progress = self.hear(None);
        let usage = Arc::new(FileUsage::new(names.clone()));
        let files = Files::new(self.blobs().await?, usage, self.settings.blobs.limits());
        let commands = Commands::open(store, accounts, context, limits, render, outbox, settings).await?;
        let commands = commands.with_names(Arc::new(MemberNames::new(names, progress))).with_files(files);
        let commands = commands.with_sightings(self.sightings.clone());
        Ok(Some(commands.with_signals(self.signals().await?)))
    }
}
