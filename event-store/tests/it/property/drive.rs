//! Hands commands to writers in other processes, and disturbs them.

use std::collections::HashMap;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command as Process};
use tokio::sync::mpsc;
use tokio::time::sleep;
use uuid::Uuid;

use crate::database::{Database, master};
use crate::model::{Answer, Command, Groups};

pub(crate) const WRITERS: usize = 3;

/// Answers between two killings of the writers' connections.
const KILL_EVERY: usize = 600;

/// Answers before connections are killed that read, and before some are that append.
const KILL_READING_AT: usize = 1000;
const KILL_APPENDING_AT: usize = 1500;

/// How often it is looked whether one does.
const LOOKS: usize = 50;

/// Answers before one writer is stopped, and those of the others before it goes on.
const STOP_AT: usize = 3000;
const STOPPED_FOR: usize = 1500;

#[derive(Default)]
pub(crate) struct Driven {
    pub answers: HashMap<Uuid, Answer>,
    pub decided_again: u64,
    pub groups: Groups,
    pub killed: i64,
    /// Of these, connections that were seen in the middle of an append.
    pub killed_appending: i64,
    /// Those that were seen in the middle of a read, besides.
    pub killed_reading: i64,
    /// Commands answered by the others while one writer was stopped.
    pub while_stopped: usize,
}

/// Runs every command in one of the writers, all writers at once.
pub(crate) async fn drive(database: &Database, commands: &[Command]) -> Driven {
    let (sender, mut answers) = mpsc::unbounded_channel();
    let mut writers = Vec::new();
    for number in 0..WRITERS {
        let mut writer = start(database, number);
        let mut input = writer.stdin.take().unwrap();
        let share = commands.iter().skip(number).step_by(WRITERS).map(line).collect::<Vec<_>>();
        tokio::spawn(async move {
            for line in share {
                input.write_all(&line).await.unwrap();
            }
        });
        tokio::spawn(forward(number, BufReader::new(writer.stdout.take().unwrap()).lines(), sender.clone()));
        writers.push(writer);
    }
    drop(sender);

    let owner = database.pool(None).await;
    let (mut driven, mut latest) = (Driven::default(), HashMap::new());
    while let Some((number, answer)) = answers.recv().await {
        latest.insert(number, (answer.decided_again, answer.groups.clone()));
        let earlier = driven.answers.insert(answer.id, answer);
        assert!(earlier.is_none(), "answered once");
        let count = driven.answers.len();
        if count.is_multiple_of(KILL_EVERY) {
            let (killed, appending) = kill(&owner).await;
            driven.killed += killed;
            driven.killed_appending += appending;
        }
        if count == KILL_READING_AT {
            driven.killed_reading = kill_waiting(&owner, "lock table log.receipts", "select mac,%").await;
        }
        if count == KILL_APPENDING_AT {
            let killed = kill_waiting(&owner, "select from log.head for update", "call log.append%").await;
            driven.killed += killed;
            driven.killed_appending += killed;
        }
        if count == STOP_AT {
            signal(&writers[0], "STOP").await;
        }
        if (STOP_AT..STOP_AT + STOPPED_FOR).contains(&count) && number != 0 {
            driven.while_stopped += 1;
        }
        if count == STOP_AT + STOPPED_FOR {
            signal(&writers[0], "CONT").await;
        }
    }
    assert_eq!(driven.answers.len(), commands.len(), "every command is answered");
    for mut writer in writers {
        assert!(writer.wait().await.unwrap().success());
    }
    for (decided_again, groups) in latest.into_values() {
        driven.decided_again += decided_again;
        driven.groups.largest = driven.groups.largest.max(groups.largest);
        for (cause, times) in groups.deferred {
            *driven.groups.deferred.entry(cause).or_default() += times;
        }
    }
    driven
}

fn line(command: &Command) -> Vec<u8> {
    let mut line = serde_json::to_vec(command).unwrap();
    line.push(b'\n');
    line
}

fn start(database: &Database, number: usize) -> Child {
    Process::new(env!("CARGO_BIN_EXE_log-writer"))
        .args([database.url(), format!("writer {number}"), master()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn forward(
    number: usize,
    mut lines: Lines<BufReader<ChildStdout>>,
    sender: mpsc::UnboundedSender<(usize, Answer)>,
) {
    while let Some(line) = lines.next_line().await.unwrap() {
        sender.send((number, serde_json::from_str(&line).unwrap())).unwrap();
    }
}

/// Kills the writers' connections that do something, among them those that append, and half of the others: how many,
/// and how many that appended.
async fn kill(owner: &sqlx::PgPool) -> (i64, i64) {
    sqlx::query_as(
        "with seen as materialized ( \
             select pid, state = 'active' and query like 'call log.append%' as appends from pg_stat_activity \
             where application_name like 'writer %' and datname = current_database() \
             and (state = 'active' or random() < 0.5)), \
         hit as materialized (select appends, pg_terminate_backend(pid) as killed from seen) \
         select count(*) filter (where killed), count(*) filter (where killed and appends) from hit",
    )
    .fetch_one(owner)
    .await
    .unwrap()
}

/// Kills the writers' connections that wait with such a query: how many. It is too short to be met by chance, so what it needs is
/// locked until one waits: a look for a receipt, upon which the command is given up, or an append.
///
/// Others may wait too: where all commands are in those, they are let go, and it is tried again.
async fn kill_waiting(owner: &sqlx::PgPool, lock: &str, query: &str) -> i64 {
    loop {
        let mut held = event_store::begin(owner, "begin").await.unwrap();
        sqlx::query(lock).execute(&mut *held).await.unwrap();
        let mut killed = 0;
        for _ in 0..LOOKS {
            killed = sqlx::query_scalar(
                "with seen as materialized ( \
                     select pid from pg_stat_activity \
                     where application_name like 'writer %' and datname = current_database() \
                     and wait_event_type = 'Lock' and query like $1) \
                 select count(*) filter (where pg_terminate_backend(pid)) from seen",
            )
            .bind(query)
            .fetch_one(owner)
            .await
            .unwrap();
            if killed > 0 {
                break;
            }
            // Polls who waits.
            sleep(Duration::from_millis(5)).await;
        }
        held.rollback().await.unwrap();
        if killed > 0 {
            return killed;
        }
    }
}

async fn signal(writer: &Child, signal: &str) {
    let pid = writer.id().unwrap().to_string();
    assert!(Process::new("kill").args([&format!("-{signal}"), &pid]).status().await.unwrap().success());
}
