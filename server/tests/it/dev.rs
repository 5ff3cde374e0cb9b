//! What `./dev` does with a run: starts it, tells of it, starts what is missing of it, stops it.

mod suite;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;

use crate::harness::{Person, free_port};

/// In the order in which they are told and stopped.
const PROCESSES: [&str; 3] = ["hansard", "nats-server", "postgres"];

/// A folder that `./dev --data` takes; what runs of it ends with this handle.
#[derive(Debug)]
struct Run {
    parent: TempDir,
    /// Of runs that start at once the first takes what `up` would choose.
    metrics: String,
    /// What calls `./dev`.
    caller: &'static [&'static str],
}

impl Run {
    fn new() -> Self {
        let run = Self::in_a_closed_folder();
        // The user of PostgreSQL and NATS passes through.
        std::fs::set_permissions(run.parent.path(), PermissionsExt::from_mode(0o711)).unwrap();
        run
    }

    /// Where nobody else comes to: root's servers cannot have their files there.
    fn in_a_closed_folder() -> Self {
        let parent = tempfile::Builder::new().prefix("hansard-dev").tempdir_in("/tmp").unwrap();
        Self { parent, metrics: format!("127.0.0.1:{}", free_port()), caller: &[] }
    }

    /// The same, where root may not look into others' processes besides, as in a container.
    fn in_a_container() -> Self {
        let mut run = Self::in_a_closed_folder();
        if user_of(std::process::id()) == 0 {
            run.caller = &["setpriv", "--bounding-set=-all,+chown,+dac_override,+fowner,+kill,+setgid,+setuid"];
        }
        run
    }

    fn folder(&self) -> PathBuf {
        self.parent.path().join("a run")
    }

    /// `./dev VERB --data DIR`, with the binary under test.
    fn dev(&self, verb: &str, arguments: &[&str]) -> Command {
        let mut command = Command::from(script_by(self.caller, verb));
        command.arg("--data").arg(self.folder()).args(arguments).env("HANSARD_METRICS_LISTEN", &self.metrics);
        command
    }

    async fn says(&self, verb: &str, arguments: &[&str]) -> Said {
        Said::of(&self.dev(verb, arguments).output().await.unwrap())
    }

    /// By name: process id and address, by `./dev status`; of what does not run, no id. Exits with 3 unless all run.
    async fn status(&self) -> BTreeMap<String, (Option<u32>, String)> {
        let said = self.says("status", &[]).await;
        let lines: Vec<_> = said.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
        assert_eq!(lines.iter().map(|words| words[0]).collect::<Vec<_>>(), PROCESSES);
        let all_run = lines.iter().all(|words| words[1] != "-");
        assert_eq!(said.code, Some(if all_run { 0 } else { 3 }), "{said:?}");
        lines.iter().map(|words| (words[0].to_owned(), (words[1].parse().ok(), words[2].to_owned()))).collect()
    }

    /// Kills one of its processes, such that it can do nothing about it, and waits until it is told to be gone.
    async fn kill(&self, name: &str) {
        let pid = self.status().await[name].0.expect("it runs").to_string();
        assert!(Command::new("kill").args(["-KILL", &pid]).status().await.unwrap().success());
        while self.status().await[name].0.is_some() {}
    }

    /// The settings of the run, by `./dev env`.
    async fn settings(&self) -> BTreeMap<String, String> {
        let said = self.says("env", &[]).await;
        let pair = |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        said.out.lines().map(|line| pair(line).expect("NAME=value")).collect()
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let mut down = script("down");
        down.arg("--data").arg(self.folder()).stdout(Stdio::null()).stderr(Stdio::null());
        down.status().unwrap();
        if let Ok(elsewhere) = std::fs::read_to_string(self.folder().join("postgres.path")) {
            std::fs::remove_dir_all(Path::new(elsewhere.trim_end()).parent().unwrap()).unwrap();
        }
    }
}

fn script(verb: &str) -> std::process::Command {
    script_by(&[], verb)
}

fn script_by(caller: &[&str], verb: &str) -> std::process::Command {
    let words = [caller, &[concat!(env!("CARGO_MANIFEST_DIR"), "/../dev"), verb]].concat();
    let mut command = std::process::Command::new(words[0]);
    command.args(&words[1..]).env("HANSARD_BIN", env!("CARGO_BIN_EXE_hansard")).stdin(Stdio::null());
    command
}

/// What a call of `./dev` came to.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

/// Whether a process runs; what has ended and waits for its parent has no command line.
fn runs(pid: u32) -> bool {
    std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

/// Who a process runs as, by number.
fn user_of(pid: u32) -> u32 {
    std::fs::metadata(format!("/proc/{pid}")).unwrap().uid()
}

/// Whoever starts it, what others could break into is not root's.
fn assert_servers_are_not_roots(status: &BTreeMap<String, (Option<u32>, String)>) {
    let own = user_of(std::process::id());
    for name in ["nats-server", "postgres"] {
        assert_eq!(user_of(status[name].0.unwrap()) == own, own != 0, "{name}");
    }
}

#[tokio::test]
async fn one_command_starts_a_run_tells_of_it_starts_what_is_missing_and_stops_it() {
    let run = Run::new();
    let port = free_port().to_string();
    let up = run.says("up", &["--detach", "--port", &port]).await;
    assert_eq!(up.code, Some(0), "{up:?}");
    let url = format!("http://127.0.0.1:{port}");
    assert!(up.out.contains(&format!("Hansard is up: {url}")), "{up:?}");

    let first = run.status().await;
    assert_eq!(first["hansard"].1, url);
    assert_servers_are_not_roots(&first);
    let settings = run.settings().await;
    assert_eq!(first["nats-server"].1, settings["HANSARD_NATS_LISTEN"]);
    assert_eq!(first["postgres"].1, format!("127.0.0.1:{}", settings["POSTGRES_PORT"]));
    let database = sqlx::PgPool::connect(&settings["DATABASE_URL"]).await.unwrap();
    let (user, superuser): (String, bool) =
        sqlx::query_as("select current_user::text, rolsuper from pg_roles where rolname = current_user")
            .fetch_one(&database)
            .await
            .unwrap();
    assert_eq!((user.as_str(), superuser), ("hansard", false));
    database.close().await;
    for (file, mode) in [("env", 0o600), ("master.key", 0o600), ("signing.key", 0o600), ("nats-server.conf", 0o400)] {
        let found = std::fs::metadata(run.folder().join(file)).unwrap().permissions().mode();
        assert_eq!(found & 0o777, mode, "{file}");
    }

    let alice = Person::registers(&url, "alice").await;
    let room = alice.creates_room("general").await;
    alice.sends(&room, "before it died").await;
    let told = run.says("hansard", &["--", "projections", "status"]).await;
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(told.out.contains("generation 1 serves"), "{told:?}");

    let again = run.says("up", &["--detach"]).await;
    assert_eq!((again.code, again.out), (Some(0), format!("already up: {url} (./dev status, ./dev down)\n")));
    let elsewhere = run.says("up", &["--detach", "--port", "1"]).await;
    assert_eq!(elsewhere.code, Some(1));
    assert!(elsewhere.err.contains("it can move to port 1 after ./dev down"), "{elsewhere:?}");

    for name in ["hansard", "nats-server"] {
        let pid = first[name].0.unwrap().to_string();
        assert!(Command::new("kill").args(["-KILL", &pid]).status().await.unwrap().success());
    }
    while run.status().await.values().filter(|(pid, _)| pid.is_some()).count() > 1 {}
    assert_eq!(run.status().await["postgres"].0, first["postgres"].0);
    // As a broker would have left it that ran as whoever called.
    let own = user_of(std::process::id()).to_string();
    let given = Command::new("chown").args(["-R", &own, &settings["HANSARD_NATS_STORE"]]).status().await.unwrap();
    assert!(given.success());
    let up = run.says("up", &["--detach"]).await;
    assert_eq!(up.code, Some(0), "{up:?}");
    let second = run.status().await;
    assert_eq!(second["postgres"], first["postgres"]);
    assert_eq!(second["hansard"].1, url);
    assert_servers_are_not_roots(&second);
    assert_eq!(alice.reads(&room).await, ["before it died"]);

    let down = run.says("down", &[]).await;
    let pid = |name: &str| second[name].0.unwrap();
    let mut said: Vec<_> = PROCESSES.iter().map(|name| format!("stopping {name} ({})", pid(name))).collect();
    let last = format!("nothing of {} runs", run.folder().display());
    said.push(last.clone());
    assert_eq!(down.out.lines().collect::<Vec<_>>(), said);
    assert_eq!(down.code, Some(0), "{down:?}");
    assert!(run.status().await.values().all(|(pid, _)| pid.is_none()));
    assert!(PROCESSES.iter().all(|name| !runs(pid(name))));
    let down = run.says("down", &[]).await;
    assert_eq!((down.code, down.out), (Some(0), format!("{last}\n")));
}

#[tokio::test]
async fn ctrl_c_stops_all_that_the_call_started() {
    let run = Run::in_a_container();
    let port_of = |address: &str| address.rsplit(':').next().unwrap().to_owned();
    // That of the metrics, which move, and then that of the broker, which moves too.
    let mut port = port_of(&run.metrics);
    // As soon as it says that it is up, and once it follows the server's log.
    for last in ["Hansard is up: ", "Ctrl-C stops all."] {
        let mut up = run.dev("up", &["--port", &port]).stdout(Stdio::piped()).process_group(0).spawn().unwrap();
        let mut lines = BufReader::new(up.stdout.take().unwrap()).lines();
        while !lines.next_line().await.unwrap().expect("it gets ready").starts_with(last) {}
        let group = format!("-{}", up.id().unwrap());
        assert!(Command::new("kill").args(["-INT", "--", &group]).status().await.unwrap().success());
        let mut said = vec![];
        while let Some(line) = lines.next_line().await.unwrap() {
            said.push(line);
        }
        assert!(up.wait().await.unwrap().success(), "{said:#?}");
        let stopping = said.iter().filter_map(|line| line.strip_prefix("stopping ")?.split(' ').next());
        assert_eq!(stopping.collect::<Vec<_>>(), PROCESSES, "{said:#?}");
        let stopped = run.status().await;
        assert!(stopped.values().all(|(pid, _)| pid.is_none()));
        assert_eq!(port_of(&stopped["hansard"].1), port);
        port = port_of(&stopped["nats-server"].1);
    }
}

/// Takes connections and hangs up, for ever.
async fn hangs_up(listener: &TcpListener) -> Infallible {
    loop {
        drop(listener.accept().await);
    }
}

#[tokio::test]
async fn where_postgresql_alone_died_the_same_server_goes_on_unless_it_had_to_move() {
    let run = Run::new();
    let port = free_port().to_string();
    let up = run.says("up", &["--detach", "--port", &port]).await;
    assert_eq!(up.code, Some(0), "{up:?}");
    let first = run.status().await;
    let alice = Person::registers(&first["hansard"].1, "alice").await;
    let room = alice.creates_room("general").await;
    alice.sends(&room, "before it died").await;

    run.kill("postgres").await;
    let up = run.says("up", &["--detach"]).await;
    assert_eq!(up.code, Some(0), "{up:?}");
    let second = run.status().await;
    assert_ne!(second["postgres"].0, first["postgres"].0);
    assert_eq!(second["postgres"].1, first["postgres"].1);
    for name in ["hansard", "nats-server"] {
        assert_eq!(second[name], first[name], "{name} went on");
    }
    alice.sends(&room, "after it died").await;
    assert_eq!(alice.reads(&room).await, ["before it died", "after it died"]);

    run.kill("postgres").await;
    let before = &second["postgres"].1;
    let somebody = TcpListener::bind(before).await.unwrap();
    let up = tokio::select! {
        up = run.says("up", &["--detach"]) => up,
        never = hangs_up(&somebody) => match never {},
    };
    assert_eq!(up.code, Some(0), "{up:?}");
    let third = run.status().await;
    let now = &third["postgres"].1;
    assert_ne!(now, before);
    let moved = format!("something else listens at {before}: postgres moves to {now}, and hansard is started again\n");
    assert!(up.out.starts_with(&moved), "{up:?}");
    assert_ne!(third["hansard"].0, second["hansard"].0);
    assert_eq!(third["hansard"].1, second["hansard"].1);
    assert_eq!(third["nats-server"], second["nats-server"]);
    assert_eq!(alice.reads(&room).await, ["before it died", "after it died"]);
}

/// A program that is the binary under test, but that serves only once there is a file `go` beside it.
fn binary_that_waits(folder: &Path) -> PathBuf {
    let (program, binary) = (folder.join("waits"), env!("CARGO_BIN_EXE_hansard"));
    let text = format!(
        "#!/bin/sh\nif [ \"$1\" = serve ]; then while [ ! -e '{}' ]; do sleep 0.05; done; fi\nexec '{binary}' \"$@\"\n",
        folder.join("go").display()
    );
    std::fs::write(&program, text).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    program
}

#[tokio::test]
async fn a_second_call_waits_for_the_first_and_starts_nothing() {
    let run = Run::new();
    let (folder, port) = (run.parent.path(), free_port().to_string());
    let program = binary_that_waits(folder);
    let up = |port: &str| {
        let mut command = run.dev("up", &["--detach", "--port", port]);
        command.env("HANSARD_BIN", &program).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut first = up(&port);
    let pid = first.id().unwrap();
    // By then all of them run, and none has said yet that it is ready.
    while !run.folder().join("env").exists() || run.status().await.values().any(|(pid, _)| pid.is_none()) {
        // Its command line would not tell: there is none for a moment while a script becomes its interpreter.
        let ended = first.try_wait().unwrap().is_some();
        assert!(!ended, "it ended before: {:?}", Said::of(&first.wait_with_output().await.unwrap()));
    }
    let before = run.status().await;
    let mut second = up(&port);
    let mut says = BufReader::new(second.stderr.take().unwrap()).lines();
    let said = says.next_line().await.unwrap();
    let expected = format!("dev: waiting for another ./dev on {}: ./dev up, process {pid}", run.folder().display());
    assert_eq!(said, Some(expected));
    std::fs::write(folder.join("go"), "").unwrap();
    let (first, second) = tokio::join!(first.wait_with_output(), second.wait_with_output());
    for up in [first, second].map(|output| Said::of(&output.unwrap())) {
        assert_eq!(up.code, Some(0), "{up:?}");
        assert!(up.out.contains(&format!("Hansard is up: http://127.0.0.1:{port}")), "{up:?}");
    }
    assert_eq!(run.status().await, before);

    let broker = before["nats-server"].0.unwrap().to_string();
    assert!(Command::new("kill").args(["-KILL", &broker]).status().await.unwrap().success());
    while run.status().await["nats-server"].0.is_some() {}
    let elsewhere = Said::of(&up("1").wait_with_output().await.unwrap());
    assert_eq!(elsewhere.code, Some(1));
    assert!(elsewhere.err.contains("it can move to port 1 after ./dev down"), "{elsewhere:?}");
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_in_words_and_leaves_nothing_running() {
    let run = Run::new();
    for (verb, arguments, words) in [
        ("up", &["--port", "0"][..], "--port needs a number from 1 to 65535, not: 0"),
        ("up", &["--port", "65536"], "--port needs a number from 1 to 65535, not: 65536"),
        ("up", &["--port"], "--port needs a number from 1 to 65535, not:"),
        ("up", &["--data"], "--data needs a folder"),
        ("up", &["--frob"], "up takes --detach, --release, --port N and --data DIR, not: --frob"),
        ("status", &[], "./dev up makes one"),
        ("env", &[], "./dev up makes one"),
        ("down", &[], "./dev up makes one"),
        ("down", &["--now"], "this takes --data DIR and nothing else"),
        ("frob", &[], "no such verb: frob"),
    ] {
        let said = run.says(verb, arguments).await;
        assert_eq!(said.code, Some(1), "{verb} {arguments:?}: {said:?}");
        assert!(said.err.trim_end().ends_with(words), "{verb} {arguments:?}: {said:?}");
        assert!(!run.folder().exists(), "{verb} {arguments:?}");
    }

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = run.says("up", &["--detach", "--port", &port]).await;
    assert_eq!(said.code, Some(1), "{said:?}");
    assert!(said.err.contains(&format!("something else listens at 127.0.0.1:{port}")), "{said:?}");
    assert!(run.status().await.values().all(|(pid, _)| pid.is_none()));
}

#[test]
fn folders_that_cannot_be_used_are_told_of_and_a_home_is_found() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a file"), "").unwrap();
    for (verb, data, words) in [
        ("status", "a run", "/a run: ./dev up makes one"),
        ("status", "", "--data needs a folder"),
        ("up", "a file", "may enter: give another with --data DIR"),
        ("up", "/proc/run", "cannot write to /proc/run: give another folder with --data DIR"),
        ("up", "a \"run\"", "cannot have quotes, backslashes or line breaks in its name: a \"run\""),
    ] {
        let mut command = script(verb);
        command.current_dir(folder.path()).env_remove("HOME").args(["--data", data]);
        let said = Said::of(&command.output().unwrap());
        assert_eq!(said.code, Some(1), "{verb} {data}: {said:?}");
        assert!(said.err.trim_end().ends_with(words), "{verb} {data}: {said:?}");
    }
}
