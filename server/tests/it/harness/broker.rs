//! A broker of one test: nats-server with the configuration of the repository.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use futures::TryStreamExt;
use nats::{Connect, StreamName};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::sleep;

use super::environment;

/// What the users of a test's broker all have as their password.
pub(crate) const PASSWORD: &str = "stories";

/// A nats-server of one test; it goes with this handle.
#[derive(Debug)]
pub(crate) struct Broker {
    folder: TempDir,
    address: String,
    process: Child,
}

impl Broker {
    /// Starts it on a free port.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = run(&folder, "127.0.0.1:-1");
        let address = listening(&folder, &mut process).await;
        Self { folder, address, process }
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// Kills it, as a crash would.
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Starts it again, where it was, with what it had stored.
    pub(crate) async fn restart(&mut self) {
        self.process = run(&self.folder, &self.address);
        listening(&self.folder, &mut self.process).await;
    }

    /// The stream of the log, as whoever follows sees it: the position before its first event, and how many it holds.
    pub(crate) async fn stream(&self) -> (i64, i64) {
        let (user, password) = (Some("projector".to_owned()), Some(PASSWORD.to_owned()));
        let connect = Connect { servers: self.url(), user, password, certificates: None };
        let jetstream = async_nats::jetstream::new(nats::connect(&connect).await.unwrap());
        let names: Vec<String> = jetstream.stream_names().try_collect().await.unwrap();
        let [name] = names.as_slice() else { panic!("one stream, not {names:?}") };
        let held = jetstream.get_stream(name).await.unwrap().cached_info().state.messages;
        (name.parse::<StreamName>().unwrap().base, held.try_into().unwrap())
    }

    /// Where it stores the stream.
    pub(crate) fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// What it has told of itself since it started.
    pub(crate) fn log(&self) -> String {
        log(&self.folder)
    }

    /// Removes what it had stored. To be called while it is down.
    pub(crate) fn wipe(&self) {
        std::fs::remove_dir_all(self.store()).unwrap();
    }
}

fn run(folder: &TempDir, listen: &str) -> Child {
    for ports in ports_files(folder) {
        std::fs::remove_file(ports).unwrap();
    }
    let mut command = Command::new(environment::nats_server());
    command
        .args(["-c", concat!(env!("CARGO_MANIFEST_DIR"), "/../nats/nats-server.conf"), "--ports_file_dir"])
        .arg(folder.path())
        .env("HANSARD_NATS_LISTEN", listen)
        .env("HANSARD_NATS_STORE", folder.path().join("store"));
    for user in ["RELAY", "PROJECTOR", "QUERY", "COMMAND"] {
        command.env(format!("HANSARD_NATS_{user}_PASSWORD"), PASSWORD);
    }
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
    command.spawn().expect("there is a nats-server")
}

/// Waits until it listens; where.
async fn listening(folder: &TempDir, process: &mut Child) -> String {
    loop {
        if let Some(text) = ports_files(folder).first().and_then(|file| std::fs::read_to_string(file).ok())
            && let Ok(ports) = serde_json::from_str::<serde_json::Value>(&text)
            && let Some(url) = ports["nats"][0].as_str()
        {
            return url.trim_start_matches("nats://").to_owned();
        }
        if let Some(status) = process.try_wait().unwrap() {
            panic!("nats-server ended with {status}: {}", log(folder));
        }
        // Polls for the file that it writes once it listens.
        sleep(Duration::from_millis(5)).await;
    }
}

fn log(folder: &TempDir) -> String {
    std::fs::read_to_string(folder.path().join("log")).unwrap_or_default()
}

/// What it writes down once it listens.
fn ports_files(folder: &TempDir) -> Vec<PathBuf> {
    let files = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path());
    files.filter(|file| file.extension().is_some_and(|extension| extension == "ports")).collect()
}
