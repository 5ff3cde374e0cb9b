//! A nats-server of one test.

use std::path::Path;
use std::process::Stdio;

use async_nats::jetstream::{self, Context, stream::Stream};
use nats::{Connect, StreamName};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio_util::task::TaskTracker;

use super::{listen, soon};

/// A nats-server that dies with the test.
pub(crate) struct Broker {
    folder: TempDir,
    port: u16,
    child: Option<Child>,
    /// The configuration of the project rather than a bare one.
    configured: bool,
    readers: TaskTracker,
}

/// The password of every user of the configured broker.
pub(crate) const PASSWORD: &str = "secret";

impl Broker {
    /// One without users.
    pub(crate) async fn new() -> Self {
        Self::start(false).await
    }

    /// One that runs `nats/nats-server.conf`.
    pub(crate) async fn configured() -> Self {
        Self::start(true).await
    }

    async fn start(configured: bool) -> Self {
        listen();
        let folder = tempfile::tempdir().unwrap();
        let mut broker = Self { folder, port: 0, child: None, configured, readers: TaskTracker::new() };
        broker.run().await;
        broker
    }

    /// Runs it, on the port it had before.
    pub(crate) async fn run(&mut self) {
        #[expect(clippy::disallowed_methods, reason = "which server to test with is said to the test run")]
        let program = std::env::var("HANSARD_TEST_NATS_SERVER").unwrap_or_else(|_| "nats-server".to_owned());
        let mut command = Command::new(program);
        let port = if self.port == 0 { "-1".to_owned() } else { self.port.to_string() };
        let store = self.store();
        if self.configured {
            let conf = Path::new(env!("CARGO_MANIFEST_DIR")).join("nats-server.conf");
            command.arg("--config").arg(conf).env("HANSARD_NATS_LISTEN", format!("127.0.0.1:{port}"));
            command.env("HANSARD_NATS_STORE", store);
            for user in ["RELAY", "PROJECTOR", "QUERY", "COMMAND"] {
                command.env(format!("HANSARD_NATS_{user}_PASSWORD"), PASSWORD);
            }
        } else {
            command.args(["--addr", "127.0.0.1", "--port", &port, "--jetstream", "--store_dir"]).arg(store);
        }
        let mut child = command.stderr(Stdio::piped()).kill_on_drop(true).spawn().expect("nats-server is installed");
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        self.port = soon("nats-server starts", ready(&mut lines)).await;
        // It would die of a pipe that nobody reads.
        self.readers.spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        self.child = Some(child);
    }

    /// `kill -9`.
    pub(crate) async fn kill(&mut self) {
        self.child.take().expect("it runs").kill().await.unwrap();
    }

    /// Replaces its files, while it does not run, by a copy of `folder`; none: wipes them.
    pub(crate) fn restore(&mut self, folder: Option<&TempDir>) {
        assert!(self.child.is_none(), "it does not run");
        std::fs::remove_dir_all(self.store()).unwrap();
        if let Some(folder) = folder {
            copy(folder.path(), &self.store());
        }
    }

    /// A copy of its files, while it does not run.
    pub(crate) fn backup(&self) -> TempDir {
        assert!(self.child.is_none(), "it does not run");
        let folder = tempfile::tempdir().unwrap();
        copy(&self.store(), folder.path());
        folder
    }

    fn store(&self) -> std::path::PathBuf {
        self.folder.path().join("store")
    }

    /// How to connect, as a user of the configured broker or as anybody of the bare one.
    pub(crate) fn connect(&self, user: &str) -> Connect {
        let named = self.configured.then(|| user.to_owned());
        Connect {
            servers: format!("nats://127.0.0.1:{}", self.port),
            password: named.is_some().then(|| PASSWORD.to_owned()),
            user: named,
            certificates: None,
        }
    }

    /// JetStream, as anybody.
    pub(crate) async fn jetstream(&self) -> Context {
        jetstream::new(async_nats::connect(format!("127.0.0.1:{}", self.port)).await.unwrap())
    }

    /// A stream as it is now.
    pub(crate) async fn stream(&self, name: StreamName) -> Stream {
        self.jetstream().await.get_stream(name.to_string()).await.unwrap()
    }
}

async fn ready(lines: &mut Lines<BufReader<ChildStderr>>) -> u16 {
    let mut port = None;
    let mut said = Vec::new();
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some((_, address)) = line.split_once("Listening for client connections on ") {
            port = address.rsplit(':').next().and_then(|port| port.parse().ok());
        }
        if line.contains("Server is ready") {
            return port.expect("the port stands above");
        }
        said.push(line);
    }
    panic!("nats-server ended:\n{}", said.join("\n"));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
