//! What a story's application stands on, and how it is set.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::{Output, Stdio};

use api_kit::Context;
use blob_store::{Blobs, BucketSettings};
use tempfile::TempDir;
use tokio::process::Command;

use super::broker::PASSWORD;
use super::{Broker, Cluster, Spawned, TestApp, TestDatabase, environment};

/// No rate limits; and readings are told soon, so that no story waits for them.
const FLAGS: [&str; 2] = ["--rate-limits=off", "--stream-reads-every=5ms"];

/// What a story's application stands on. Made one by one, so that several processes can share it.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) database_url: String,
    pub(crate) broker: Option<Broker>,
    pub(crate) folder: TempDir,
    /// The machine's, unless a story moves the clock itself.
    pub(crate) context: Context,
    /// Where its blobs are; none is its folder.
    bucket: Option<BucketSettings>,
    _database: Option<TestDatabase>,
    flags: Vec<String>,
}

impl Setup {
    /// A database and a broker of its own; no rate limits.
    pub(crate) async fn new() -> Self {
        let (database, broker) = tokio::join!(TestDatabase::copied(), Broker::start());
        Self::of(database.url.clone(), Some(database), Some(broker))
    }

    /// A database of its own; PostgreSQL is followed.
    pub(crate) async fn without_nats() -> Self {
        let database = TestDatabase::copied().await;
        Self::of(database.url.clone(), Some(database), None)
    }

    /// On a database that the story keeps.
    pub(crate) fn on(database_url: impl Into<String>) -> Self {
        Self::of(database_url.into(), None, None)
    }

    /// On a PostgreSQL that the story keeps, migrated.
    pub(crate) async fn on_cluster(cluster: &Cluster) -> Self {
        let setup = Self::on(cluster.url());
        let migrated = setup.command(["migrate"]).await;
        assert!(migrated.status.success(), "{migrated:?}");
        setup
    }

    fn of(database_url: String, database: Option<TestDatabase>, broker: Option<Broker>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("master.key");
        std::fs::write(&key, format!("1:{}\n", "5a".repeat(32))).unwrap();
        std::fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
        let (context, flags) = (Context::ambient(), FLAGS.map(str::to_owned).to_vec());
        Self { database_url, broker, folder, context, bucket: None, _database: database, flags }
    }

    /// With a clock that stands still until the story moves it: `app.setup.context.advance(..)`. For an application in
    /// this process.
    pub(crate) fn with_clock(mut self) -> Self {
        self.context = Context::fixed(Context::ambient().now(), 7);
        self
    }

    pub(crate) fn with_broker(mut self, broker: Broker) -> Self {
        self.broker = Some(broker);
        self
    }

    /// With its blobs in a bucket of the tests' store.
    pub(crate) fn in_a_bucket(self) -> Self {
        self.in_a_bucket_at(environment::bucket_url())
    }

    /// With its blobs in a bucket of a store, which may be away.
    pub(crate) fn in_a_bucket_at(mut self, endpoint: impl Into<String>) -> Self {
        self.bucket = Some(BucketSettings {
            bucket: "files".to_owned(),
            prefix: Context::ambient().new_id().to_string(),
            endpoint: Some(endpoint.into()),
            region: "us-east-1".to_owned(),
            key_id: "id".to_owned(),
            secret: "secret".to_owned(),
            path_style: true,
        });
        self
    }

    /// Whether its blobs are in a bucket.
    pub(crate) fn is_in_a_bucket(&self) -> bool {
        self.bucket.is_some()
    }

    /// The flags that say where its blobs are.
    fn storage(&self) -> Vec<String> {
        let folder = self.folder.path();
        let Some(bucket) = &self.bucket else { return vec![format!("--blobs={}", folder.join("blobs").display())] };
        vec![
            format!("--blobs=s3://{}/{}", bucket.bucket, bucket.prefix),
            format!("--uploads={}", folder.join("uploads").display()),
            format!("--s3-endpoint={}", bucket.endpoint.as_ref().unwrap()),
            format!("--s3-key-id={}", bucket.key_id),
            format!("--s3-secret={}", bucket.secret),
        ]
    }

    /// How many blobs it keeps.
    pub(crate) async fn blobs_kept(&self) -> usize {
        let folder = self.folder.path();
        let blobs = match &self.bucket {
            Some(bucket) => Blobs::in_bucket(folder.join("uploads"), bucket).await,
            None => Blobs::open(folder.join("blobs")).await,
        };
        let (blobs, mut kept) = (blobs.unwrap(), 0);
        for part in blobs.parts().await.unwrap() {
            kept += blobs.list(&part).await.unwrap().len();
        }
        kept
    }

    /// With a key that signs the record.
    pub(crate) fn signing(self) -> Self {
        let key = self.folder.path().join("signing.key");
        std::fs::write(&key, format!("1:{}\n", "7c".repeat(32))).unwrap();
        self.flag(format!("--signing-key-file={}", key.display()))
    }

    /// Sets another flag of `hansard serve`, such as `--roles=relay`.
    pub(crate) fn flag(mut self, flag: impl Into<String>) -> Self {
        let flag = flag.into();
        let name = flag.split('=').next().unwrap_or_default();
        self.flags.retain(|set| set.split('=').next() != Some(name));
        self.flags.push(flag);
        self
    }

    /// With the rate limits in force.
    pub(crate) fn limited(mut self) -> Self {
        self.flags.retain(|flag| flag != "--rate-limits=off");
        self
    }

    /// The flags of `hansard serve`.
    pub(crate) fn flags(&self) -> Vec<String> {
        let mut flags = vec![
            format!("--database-url={}", self.database_url),
            format!("--master-key-file={}", self.folder.path().join("master.key").display()),
            "--listen=127.0.0.1:0".to_owned(),
            "--metrics-listen=127.0.0.1:0".to_owned(),
            format!("--mail-folder={}", self.folder.path().join("mail").display()),
            "--public-url=https://chat.example".to_owned(),
        ];
        flags.extend(self.storage());
        if let Some(broker) = &self.broker {
            flags.push(format!("--nats-url={}", broker.url()));
            let users = ["relay", "projector", "command", "query"];
            flags.extend(users.map(|user| format!("--nats-{user}-password={PASSWORD}")));
        }
        flags.extend(self.flags.clone());
        flags
    }

    /// Starts it in this process.
    pub(crate) async fn start(self) -> TestApp {
        TestApp::start_on(self).await
    }

    /// Starts it as a process of its own, once it serves.
    pub(crate) async fn spawn(&self) -> Spawned {
        self.spawn_with(&[]).await
    }

    /// The same with further flags, such as `--roles=relay`.
    pub(crate) async fn spawn_with(&self, flags: &[&str]) -> Spawned {
        Spawned::serve(self, flags).await
    }

    /// Runs another command of the binary on the same database, to its end.
    pub(crate) async fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Output {
        self.process(arguments).output().await.unwrap()
    }

    /// The binary with the database and the master key in its environment, and nothing else of ours.
    pub(crate) fn process<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hansard"));
        command
            .args(arguments)
            .env_clear()
            .env("DATABASE_URL", &self.database_url)
            .env("HANSARD_MASTER_KEY_FILE", self.folder.path().join("master.key"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}
