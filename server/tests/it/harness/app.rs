//! The application in the test's own process.

use std::time::Duration;

use api_kit::telemetry::{self, LogFormat};
use hansard::lifecycle::{Failure, Lifecycle};
use hansard::{Application, Settings};
use sqlx::PgPool;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::request::{Request, client};
use super::{Answer, Person, Room, Setup, environment};

/// How long read models may take to come to the log's end.
const SETTLES_WITHIN: Duration = Duration::from_secs(10);

/// The application in the test's own process, on a free port.
#[derive(Debug)]
pub(crate) struct TestApp {
    /// Of the API, without a slash at its end.
    pub(crate) url: String,
    /// Of the metrics.
    pub(crate) metrics_url: String,
    /// A superuser's connections to the database.
    pub(crate) pool: PgPool,
    /// What it stands on.
    pub(crate) setup: Setup,
    http: reqwest::Client,
    lifecycle: Lifecycle,
    running: JoinHandle<Result<(), Failure>>,
}

impl TestApp {
    /// All roles, with NATS, without rate limits.
    pub(crate) async fn start() -> Self {
        Setup::new().await.start().await
    }

    /// All roles, following PostgreSQL: quicker to start.
    pub(crate) async fn without_nats() -> Self {
        Setup::without_nats().await.start().await
    }

    pub(super) async fn start_on(setup: Setup) -> Self {
        if let Some(filter) = environment::log_filter() {
            _ = telemetry::init(LogFormat::Pretty, &filter); // another application of this test logs already
        }
        let settings = Settings::from_flags(setup.flags()).expect("the harness sets what there is");
        let application = Application::build(&settings, &setup.context).await.expect("the application starts");
        let lifecycle = application.lifecycle().clone();
        let url = format!("http://{}", application.address().unwrap());
        let metrics_url = format!("http://{}/metrics", application.metrics_address().unwrap());
        #[expect(clippy::disallowed_methods, reason = "it waits for its tasks, so it is none of them")]
        let running = tokio::spawn(application.run());
        let pool = PgPool::connect_lazy(&setup.superuser_url).unwrap();
        Self { url, metrics_url, pool, setup, http: client(), lifecycle, running }
    }

    /// Asks without being signed in.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        Request::new(&self.http, method, &format!("{}{path}", self.url))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send().await
    }

    /// What `/metrics` says.
    pub(crate) async fn metrics(&self) -> String {
        Request::new(&self.http, "GET", &self.metrics_url).send().await.expect(200).text
    }

    /// Registers a person with the email `<name>@example.org`, who then signs in.
    pub(crate) async fn registers(&self, name: &str) -> Person {
        Person::registers(&self.url, name).await
    }

    /// Registers a person whom the operator makes an administrator.
    pub(crate) async fn administrator(&self, name: &str) -> Person {
        let person = self.registers(name).await;
        let granted = self.setup.command(["admin", "grant-role", &person.email, "admin"]).await;
        assert!(granted.status.success(), "{granted:?}");
        person
    }

    /// A person, and a room of theirs.
    pub(crate) async fn member_of_a_room(&self, name: &str) -> (Person, Room) {
        let person = self.registers(name).await;
        let room = person.creates_room("general").await;
        (person, room)
    }

    /// Position of the log's last event.
    pub(crate) async fn head(&self) -> i64 {
        sqlx::query_scalar("select position from log.head").fetch_one(&self.pool).await.unwrap()
    }

    /// Waits until read models hold all that the log holds now.
    pub(crate) async fn settled(&self) {
        let (head, deadline) = (self.head().await, Instant::now() + SETTLES_WITHIN);
        loop {
            let read = sqlx::query_scalar::<_, i64>("select position from read.checkpoint");
            let position = read.fetch_one(&self.pool).await.unwrap();
            if position >= head {
                return;
            }
            assert!(Instant::now() < deadline, "read models stay at {position} of {head}");
            // Polls the checkpoint of whichever process projects.
            sleep(Duration::from_millis(2)).await;
        }
    }

    /// From now on its log takes no record of a look.
    pub(crate) async fn takes_no_looks(&self) {
        let full = "alter table log.events add constraint full_log check (event_type <> 'audit_accessed') not valid";
        sqlx::query(full).execute(&self.pool).await.unwrap();
    }

    /// Stops it in order; how it ended.
    pub(crate) async fn stop(self) -> Result<(), Failure> {
        self.lifecycle.stopping().cancel();
        self.running.await.unwrap()
    }
}
