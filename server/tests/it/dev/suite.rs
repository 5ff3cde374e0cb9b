//! What `./dev test` does around the tests: servers for them, which go when it ends, and a process for each.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::sleep;

use super::{Said, runs, script};
use crate::harness::environment;

/// Stands in for cargo: builds until it is interrupted.
const CARGO: &str = r#"#!/bin/sh
case $1 in
    metadata) printf '{"target_directory":"%s.target"}' "$0" ;;
    test) echo "building for ${HANSARD_TEST_S3:-no store}" && exec sleep infinity ;;
esac
"#;

/// Stands in for python3: makes environments into which nothing can be installed.
const PYTHON: &str = r#"#!/bin/sh
mkdir -p "$3/bin" && ln -s /bin/false "$3/bin/pip"
"#;

/// Writes a program into a folder.
fn write_program(folder: &Path, name: &str, text: &str) -> PathBuf {
    let program = folder.join(name);
    std::fs::write(&program, text).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    program
}

/// A `./dev test` that goes on building once its servers run; they end with this handle.
#[derive(Debug)]
struct Suite {
    folder: TempDir,
    process: Child,
    /// It and what it has called.
    group: String,
    postgres: u32,
    /// That of the store of buckets, if there is one.
    bucket: Option<u32>,
    said: String,
}

impl Suite {
    async fn builds() -> Self {
        Self::builds_with(|_, _| ()).await
    }

    /// The same with something else about its folder or the command.
    async fn builds_with(prepare: impl FnOnce(&Path, &mut Command)) -> Self {
        let folder = tempfile::Builder::new().prefix("hansard-suite").tempdir_in("/tmp").unwrap();
        // PostgreSQL's user passes through.
        std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o711)).unwrap();
        write_program(folder.path(), "cargo", CARGO);
        let mut command = Command::from(script("test"));
        command.env("PATH", format!("{}:{}", folder.path().display(), environment::path()));
        command.env("TMPDIR", folder.path()).stdout(Stdio::piped()).process_group(0);
        prepare(folder.path(), &mut command);
        let mut process = command.spawn().unwrap();
        let group = format!("-{}", process.id().unwrap());
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut said = String::new();
        while !said.starts_with("building for ") {
            said = lines.next_line().await.unwrap().expect("it builds");
        }
        let scratch = scratch(folder.path()).expect("the servers have a folder");
        let pid = |file: &str| {
            let text = std::fs::read_to_string(scratch.join(file)).ok()?;
            text.lines().next()?.trim().parse::<u32>().ok()
        };
        let (postgres, bucket) = (pid("postgres/data/postmaster.pid").expect("PostgreSQL runs"), pid("bucket/pid"));
        Self { folder, process, group, postgres, bucket, said }
    }

    fn servers_run(&self) -> bool {
        [Some(self.postgres), self.bucket].into_iter().flatten().all(runs)
    }

    /// Whether it waits for PostgreSQL's end.
    fn stops_postgres(&self) -> bool {
        let stops = format!("pg_ctl\0stop\0-D\0{}/", self.folder.path().display());
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
        let mut lines = processes.filter_map(|process| std::fs::read(process.join("cmdline")).ok());
        lines.any(|line| String::from_utf8_lossy(&line).contains(&stops))
    }

    /// Ends as whoever was interrupted does, and leaves nothing.
    async fn goes(mut self) {
        assert_eq!(self.process.wait().await.unwrap().code(), Some(130));
        assert_eq!(scratch(self.folder.path()), None);
        assert!(!self.bucket.is_some_and(runs));
        // It removes the file by which it is waited for a moment before it ends.
        becomes(|| !runs(self.postgres)).await;
    }
}

impl Drop for Suite {
    fn drop(&mut self) {
        if scratch(self.folder.path()).is_some() {
            _ = kill("KILL", &self.group);
            _ = kill("KILL", &self.postgres.to_string());
        }
    }
}

/// The folder of the servers' files, while there is one.
fn scratch(folder: &Path) -> Option<PathBuf> {
    let mut found = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    found.find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("hansard-test.")))
}

/// Signals a process, or a group of them; whether there was one.
fn kill(signal: &str, whom: &str) -> bool {
    let mut kill = std::process::Command::new("kill");
    kill.arg(format!("-{signal}")).args(["--", whom]).status().unwrap().success()
}

async fn becomes(is_so: impl Fn() -> bool) {
    for _ in 0..4000 {
        if is_so() {
            return;
        }
        // Polls processes that are not our children.
        sleep(Duration::from_millis(5)).await;
    }
    panic!("it did not come to it");
}

#[tokio::test]
async fn servers_of_a_suite_that_is_interrupted_go_and_those_of_another_stay() {
    let (first, second) = tokio::join!(Suite::builds(), Suite::builds());
    assert!(first.servers_run());
    assert!(kill("INT", &first.group));
    first.goes().await;
    assert!(second.servers_run());

    // Who is impatient interrupts again, while PostgreSQL takes its time.
    assert!(kill("STOP", &second.postgres.to_string()));
    assert!(kill("INT", &second.group));
    becomes(|| second.stops_postgres()).await;
    assert!(kill("INT", &second.group));
    assert!(kill("CONT", &second.postgres.to_string()));
    second.goes().await;
}

#[tokio::test]
async fn a_suite_goes_on_without_a_store_of_buckets_that_cannot_be_installed() {
    let suite = Suite::builds_with(|folder, command| {
        write_program(folder, "python3", PYTHON);
        let said = std::fs::File::create(folder.join("said")).unwrap();
        command.env("HOME", folder).env_remove("HANSARD_TEST_S3").stderr(said);
    })
    .await;
    assert_eq!((suite.said.as_str(), suite.bucket), ("building for no store", None));
    let said = std::fs::read_to_string(suite.folder.path().join("said")).unwrap();
    assert!(said.contains("could not be installed from PyPI: tests with such a store fail, all others run"), "{said}");
    assert!(kill("INT", &suite.group));
    suite.goes().await;
}

/// A binary of tests, of which one fails; each notes its process.
const TESTS: &str = r#"#!/bin/sh
case "$*" in
    *--list*one) echo 'one: test' ;;
    *--list*more::) echo 'more::two: test' ;;
    *--list*) printf 'one: test\nmore::two: test\nspeed: benchmark\n' ;;
    *) echo $$ >"$0.$2"; [ "$2" = one ] || { echo 'two is wrong'; exit 101; } ;;
esac
"#;

#[test]
fn without_nextest_each_test_has_a_process_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let tests = write_program(folder.path(), "some tests", TESTS);
    let each = |names: &[&str]| {
        let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dev.d/each-test");
        // As cargo says of which package they are.
        let mut command = std::process::Command::new(runner);
        Said::of(&command.arg(&tests).args(names).env("CARGO_PKG_NAME", "this").output().unwrap())
    };
    let all = each(&[]);
    assert_eq!(all.code, Some(101), "{all:?}");
    assert_eq!(all.out, "== more::two\ntwo is wrong\n1 of 2 tests of some tests failed:\n    more::two\n");
    let process = |name: &str| std::fs::read_to_string(folder.path().join(format!("some tests.{name}"))).unwrap();
    assert_ne!(process("one"), process("more::two"));
    for names in [&["one"][..], &["this/one"], &["another/", "this/one"]] {
        let one = each(names);
        assert_eq!((one.code, one.out.as_str()), (Some(0), "ok: 1 tests of some tests, a process each\n"), "{one:?}");
    }
    for (names, words) in [(["this/", "another/one"], "1 of 2 tests"), (["this/more::", "another/"], "1 of 1 tests")] {
        let some = each(&names);
        assert!(some.out.contains(&format!("{words} of some tests failed:\n    more::two\n")), "{some:?}");
    }
    let none = each(&["another/", "another/one"]);
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""), "{none:?}");
}
