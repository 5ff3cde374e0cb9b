//! The binary as a process of its own, to be killed.

use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::request::{Request, client};
use super::{Person, Setup};

/// How long a start may take: migrations are done before.
const STARTS_WITHIN: Duration = Duration::from_secs(20);

/// `hansard serve` as a child; killed with this handle.
#[derive(Debug)]
pub(crate) struct Spawned {
    /// Of the API, without a slash at its end.
    pub(crate) url: String,
    metrics_url: String,
    /// Its log, a JSON object a line.
    pub(crate) log: Arc<Mutex<Vec<Value>>>,
    process: Child,
    /// Ends with its log.
    reading: JoinHandle<()>,
}

impl Spawned {
    /// Starts it with further flags, and waits until it serves.
    pub(crate) async fn serve(setup: &Setup, flags: &[&str]) -> Self {
        let mut process = setup
            .process(["serve"])
            .args(setup.flags())
            .args(flags)
            .arg("--log-format=json")
            .stdout(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let log = Arc::<Mutex<Vec<Value>>>::default();
        let kept = Arc::clone(&log);
        #[expect(clippy::disallowed_methods, reason = "the process has no tracker of ours; this ends with its output")]
        let reading = tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                kept.lock().unwrap().push(serde_json::from_str(&line).unwrap_or(Value::String(line)));
            }
        });
        let mut spawned = Self { url: String::new(), metrics_url: String::new(), log, process, reading };
        let serving = timeout(STARTS_WITHIN, spawned.says("serving")).await.expect("it starts in time");
        spawned.url = format!("http://{}", serving["address"].as_str().unwrap());
        spawned.metrics_url = format!("http://{}/metrics", serving["metrics.address"].as_str().unwrap());
        spawned
    }

    /// Waits for a line of its log.
    pub(crate) async fn says(&mut self, message: &str) -> Value {
        self.tells(|line| line["message"] == message).await
    }

    /// Waits for a line of its log that is as wanted.
    pub(crate) async fn tells(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let found = self.log.lock().unwrap().iter().find(|line| is_wanted(line)).cloned();
            if let Some(line) = found {
                return line;
            }
            if let Some(status) = self.process.try_wait().unwrap() {
                panic!("it ended with {status}: {:#?}", self.log.lock().unwrap());
            }
            // Polls the lines read so far, and whether it lives.
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// What `/metrics` says.
    pub(crate) async fn metrics(&self) -> String {
        Request::new(&client(), "GET", &self.metrics_url).send().await.expect(200).text
    }

    /// A figure of its metrics, by name and labels; none if nothing has set it yet.
    pub(crate) async fn figure(&self, name: &str) -> Option<i64> {
        let metrics = self.metrics().await;
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        Some(value.parse().expect("a whole number"))
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.process.id().expect("it runs")
    }

    /// Sends it a signal by name, such as `TERM`.
    pub(crate) async fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(self.id().to_string()).status().await.unwrap();
        assert!(sent.success());
    }

    /// Kills it: no handler of its own runs.
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Waits until it has ended.
    pub(crate) async fn ends(&mut self) -> ExitStatus {
        self.process.wait().await.unwrap()
    }

    /// What went wrong, by its log, once it has ended.
    pub(crate) async fn complaints(mut self) -> Vec<Value> {
        (&mut self.reading).await.unwrap();
        let log = self.log.lock().unwrap();
        log.iter().filter(|line| line["level"] == "ERROR" || line["level"] == "WARN").cloned().collect()
    }

    /// Registers a person; see [`Person::registers`].
    pub(crate) async fn registers(&self, name: &str) -> Person {
        Person::registers(&self.url, name).await
    }
}
