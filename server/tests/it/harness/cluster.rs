//! A PostgreSQL of one test, to be killed, restored and misconfigured.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::sleep;

use super::environment;

/// Most starts that are tried: after a kill the old processes hold the cluster's memory for a moment.
const STARTS: usize = 40;

/// A PostgreSQL of one test; it goes with this handle.
#[derive(Debug)]
pub(crate) struct Cluster {
    folder: TempDir,
    port: u16,
}

impl Cluster {
    /// Makes and starts one, some seconds' work.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// The same with lines added to `postgresql.conf`, such as `fsync = off`.
    pub(crate) async fn with(settings: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("hansard-cluster").tempdir_in("/tmp").unwrap();
        if let Some(user) = environment::postgres_user() {
            succeeds(Command::new("chown").arg(user).arg(folder.path())).await;
        }
        let cluster = Self { folder, port: free_port() };
        succeeds(cluster.tool("initdb").arg("-D").arg(cluster.data()).args(["-U", "postgres", "-A", "trust", "-N"]))
            .await;
        let mut lines = vec!["listen_addresses = '127.0.0.1'", "unix_socket_directories = ''", "fsync = on"];
        lines.extend(settings);
        cluster.set(&lines).await;
        cluster.run().await;
        cluster
    }

    /// Its superuser, and the database that it comes with.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Appends lines to `postgresql.conf`; the next start reads them.
    pub(crate) async fn set(&self, lines: &[&str]) {
        let text = format!("{}\n", lines.join("\n"));
        let script = r#"printf %s "$2" >>"$1/postgresql.conf""#;
        succeeds(self.as_owner("sh").args(["-c", script, "-"]).arg(self.data()).arg(text)).await;
    }

    /// Starts it, which after a kill recovers it.
    pub(crate) async fn run(&self) {
        for _ in 0..STARTS {
            let started = self
                .tool("pg_ctl")
                .args(["start", "-w", "-t", "60", "-o", &format!("-p {}", self.port), "-D"])
                .arg(self.data())
                .arg("-l")
                .arg(self.folder.path().join("log"))
                .status()
                .await
                .unwrap();
            if started.success() {
                return;
            }
            // Polls by starting: nothing tells when the memory is free.
            sleep(Duration::from_millis(250)).await;
        }
        panic!("PostgreSQL does not start: {}", self.log());
    }

    /// What it has told of itself.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Stops it in order.
    pub(crate) async fn stop(&self) {
        succeeds(self.tool("pg_ctl").args(["stop", "-m", "fast", "-w", "-D"]).arg(self.data())).await;
    }

    /// Kills its first process, and with it all others.
    pub(crate) async fn kill(&self) {
        let pid = self.pid().expect("it runs");
        succeeds(Command::new("kill").args(["-KILL", &pid])).await;
        while Path::new("/proc").join(&pid).exists() {
            // Polls for the end of a process that is not our child.
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Stops all its processes where they are: it holds its connections, and says nothing.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
    }

    /// Has it go on after [`Self::freeze`].
    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }

    /// Tells its first process, which starts others, and then those.
    fn signal(&self, signal: &str) {
        let Some(first) = self.pid() else { return };
        let kill = |pids: Vec<String>| {
            _ = std::process::Command::new("kill").arg(format!("-{signal}")).args(pids).status(); // some have ended
        };
        kill(vec![first.clone()]);
        kill(children_of(&first));
    }

    /// Copies its files while it is stopped; [`Self::restore`] puts them back.
    pub(crate) async fn copy(&self) -> PathBuf {
        let copy = self.folder.path().join("copy");
        succeeds(self.as_owner("cp").arg("-a").arg(self.data()).arg(&copy)).await;
        copy
    }

    /// Replaces its files by a copy, while it is stopped.
    pub(crate) async fn restore(&self, copy: &Path) {
        succeeds(self.as_owner("rm").arg("-rf").arg(self.data())).await;
        succeeds(self.as_owner("cp").arg("-a").arg(copy).arg(self.data())).await;
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn pid(&self) -> Option<String> {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        file.lines().next().map(|pid| pid.trim().to_owned())
    }

    fn tool(&self, name: &str) -> Command {
        self.as_owner(&format!("{}/{name}", environment::postgres_bin()))
    }

    /// A command as the user that PostgreSQL runs as.
    fn as_owner(&self, program: &str) -> Command {
        let mut command = match environment::postgres_user() {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", &user, "--", program]);
                command
            }
            None => Command::new(program),
        };
        command.current_dir(self.folder.path()).stdout(std::process::Stdio::null());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(pid) = self.pid() {
            self.thaw();
            // SIGQUIT: at once, without leaving shared memory behind.
            _ = std::process::Command::new("kill").args(["-QUIT", &pid]).status();
        }
    }
}

/// The processes that `parent` has started: the second field after their names is its id.
fn children_of(parent: &str) -> Vec<String> {
    let is_child = |pid: &String| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, fields)| fields.split(' ').nth(1) == Some(parent))
    };
    let names = std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter(|name| name.starts_with(|first: char| first.is_ascii_digit())).filter(is_child).collect()
}

/// A port for somebody who binds it later: below those that systems give to connections, and other than those of tests that run
/// in other processes.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 10_000 + u16::try_from(std::process::id() % 1_000).unwrap() * 10;
    std::iter::repeat_with(|| first + NEXT.fetch_add(1, Ordering::Relaxed) % 10)
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .unwrap()
}

async fn succeeds(command: &mut Command) {
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
