//! A process that executes the commands it reads, one a line, and answers each on a line.
#![expect(clippy::disallowed_methods, clippy::print_stderr, reason = "a driver of tests, told by its arguments")]

mod measured;
mod model;

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use event_store::{Keyring, MasterKey, Store};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

/// Commands under way at once.
const AT_ONCE: usize = 48;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [_, url, name, master] =
        std::env::args().collect::<Vec<_>>().try_into().map_err(|_| "usage: log-writer URL NAME KEY")?;
    let options = url.parse::<PgConnectOptions>()?.options([("role", "hansard_writer")]).application_name(&name);
    let pool = PgPoolOptions::new().max_connections(8).connect_with(options).await?;
    let keyring = Keyring::new(pool.clone(), MasterKey::parse(&master)?, model::NAMES, vec![]);
    let measured = measured::Measured::default();
    metrics::set_global_recorder(measured.clone()).map_err(|_| "metrics go elsewhere already")?;
    let tasks = TaskTracker::new();
    let store = Store::open(pool, keyring, &tasks).await?;
    let (slots, seen) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::<AtomicI64>::default());
    let (sender, mut lines) = tokio::sync::mpsc::channel(AT_ONCE);
    std::thread::spawn(move || {
        std::io::stdin().lines().map_while(Result::ok).try_for_each(|line| sender.blocking_send(line))
    });
    while let Some(line) = lines.recv().await {
        let command = serde_json::from_str::<model::Command>(&line)?;
        let (store, slot) = (store.clone(), Arc::clone(&slots).acquire_owned().await?);
        let (measured, seen) = (measured.clone(), Arc::clone(&seen));
        tasks.spawn(async move {
            let since = seen.load(Ordering::Acquire);
            let outcome = model::execute(&store, &command).await;
            let until = if let model::Outcome::Appended { position } = outcome {
                seen.fetch_max(position, Ordering::AcqRel);
                position
            } else {
                store.reader().head().await.map_or(i64::MAX, |head| head.position) // its connection was killed
            };
            let (decided_again, groups) = (store.decided_again(), measured.groups());
            let answer = model::Answer { id: command.id, outcome, since, until, decided_again, groups };
            let mut line = serde_json::to_vec(&answer).expect("JSON");
            line.push(b'\n');
            _ = std::io::stdout().lock().write_all(&line); // nobody reads any more: the test is over
            drop(slot);
        });
    }
    drop(store);
    tasks.close();
    tasks.wait().await;
    Ok(())
}
