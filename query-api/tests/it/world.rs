//! What the tests stand on: the real router and log, and rows that the tests make as a projector would.

use api_kit::{Context, Edge, LimitSettings, Limits, Operations, Sightings, Token, TrustedProxies};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use cqrs_es::Aggregate;
use event_store::{KeyNames, Keyring, MasterKey, Store, StoreError};
use query_api::stream::Hub;
use query_api::{MemberNames, Progress, Queries};
use sqlx::PgPool;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;
use uuid::Uuid;

use crate::answer::Answer;
use crate::database::Database;
use crate::older;

/// The router, and what is behind it.
pub(crate) struct World {
    pub(crate) context: Context,
    /// The owner's.
    pub(crate) pool: PgPool,
    pub(crate) store: Store,
    pub(crate) progress: Progress,
    sightings: Sightings,
    database: Database,
    router: Router,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: Uuid,
    pub(crate) token: Token,
}

/// The routes, as they are served.
pub(crate) fn router(context: &Context, queries: Queries) -> Router {
    let context = context.clone();
    let edge = Edge { context, trusted_proxies: TrustedProxies::default(), operations: Operations::default() };
    edge.around(query_api::router(queries).into())
}

impl World {
    pub(crate) async fn new() -> Self {
        let context = Context::ambient();
        let database = Database::new(context.new_id()).await;
        let writer = database.pool(Some("hansard_writer")).await;
        let master = MasterKey::parse(&format!("1:{}", "0f".repeat(32))).unwrap();
        let (wrapped_by, is_fleeting) = (domain::sealed::wrapped_by, domain::sealed::is_fleeting);
        let names = KeyNames { wrapped_by, is_fleeting };
        let keyring = Keyring::new(writer.clone(), master, names, older::upcasters());
        let store = Store::open(writer, keyring, &TaskTracker::new()).await.unwrap();
        let reader = database.pool(Some("hansard_reader")).await;
        let (progress, limits) = (Progress::default(), Limits::new(LimitSettings::OFF));
        let (queries, sightings) =
            (Queries::new(reader, store.clone(), progress.clone(), limits, context.clone()), Sightings::default());
        let router = router(&context, queries.with_sightings(sightings.clone()));
        let pool = database.pool(None).await;
        Self { context, pool, store, progress, sightings, database, router }
    }

    /// Queries with a hub that tells what happens.
    pub(crate) async fn queries_with(&self, hub: Hub) -> Queries {
        let reader = self.database.pool(Some("hansard_reader")).await;
        let (progress, limits) = (self.progress.clone(), Limits::new(LimitSettings::OFF));
        Queries::new(reader, self.store.clone(), progress, limits, self.context.clone()).with_hub(hub)
    }

    /// Finds members by their names.
    pub(crate) async fn member_names(&self) -> MemberNames {
        MemberNames::new(self.database.pool(Some("hansard_reader")).await, self.progress.clone())
    }

    /// Writes down which sessions were seen.
    pub(crate) async fn observes_sessions(&self) {
        self.sightings.observe_once(&self.database.pool(Some("hansard_reader")).await).await;
    }

    /// Removes what it stood on.
    pub(crate) async fn end(self) {
        self.database.drop().await;
    }

    /// Asks for something.
    pub(crate) async fn get(&self, who: &Person, path: &str) -> Answer {
        self.get_with(who, path, &[]).await
    }

    /// Asks with headers.
    pub(crate) async fn get_with(&self, who: &Person, path: &str, headers: &[(&str, &str)]) -> Answer {
        Answer::read(self.begin(who, path, headers).await).await
    }

    /// Asks with headers, and reads no more than the answer's beginning.
    pub(crate) async fn begin(&self, who: &Person, path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::get(path).header("authorization", format!("Bearer {}", who.token.text()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        Answer::read(self.router.clone().oneshot(request).await.unwrap()).await
    }

    /// Appends to a stream, whatever was there; the position of the last event. No row knows of it.
    pub(crate) async fn append<A: Aggregate + Clone + 'static>(
        &self,
        id: &str,
        events: Vec<A::Event>,
        actor: Option<Uuid>,
        room: Option<Uuid>,
    ) -> i64
    where
        A::Event: Clone + Sync,
    {
        let request = event_store::Request {
            command_id: self.context.new_id(),
            correlation_id: None,
            causation_id: None,
            actor_id: actor,
            session_id: None,
            occurred_at: self.context.now(),
            traceparent: None,
            receipts: vec![],
            looks: false,
        };
        let done = self.store.execute(&request, |unit| {
            let events = events.clone();
            async move {
                unit.append_blindly::<A>(id, events, room).await?;
                Ok::<_, StoreError>(())
            }
        });
        done.await.unwrap().position
    }

    /// The read models have come to the log's end, whatever their rows are.
    pub(crate) async fn catch_up(&self) -> i64 {
        let position = self.head().await;
        self.come_to(position).await;
        position
    }

    /// The read models have come to `position`.
    pub(crate) async fn come_to(&self, position: i64) {
        sqlx::query(
            "update projection.checkpoint set position = e.position, event_id = e.event_id, recorded_at = e.recorded_at \
             from log.events e where e.position = $1",
        )
        .bind(position)
        .execute(&self.pool)
        .await
        .unwrap();
        sqlx::query("select pg_notify('hansard_read', '1:' || $1::text)")
            .bind(position)
            .execute(&self.pool)
            .await
            .unwrap();
    }

    pub(crate) async fn head(&self) -> i64 {
        sqlx::query_scalar("select position from log.head").fetch_one(&self.pool).await.unwrap()
    }
}
