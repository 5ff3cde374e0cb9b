//! A process that executes the commands it reads, one a line, and answers each on a line.
#![expect(clippy::disallowed_methods, clippy::print_stderr, reason = "a driver of tests, told by its arguments")]

mod model;

use std::io::Write;
use std::sync::Arc;

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
    let tasks = TaskTracker::new();
    let store = Store::open(pool, keyring, &tasks).await?;
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let (sender, mut lines) = tokio::sync::mpsc::channel(AT_ONCE);
    std::thread::spawn(move || {
        std::io::stdin().lines().map_while(Result::ok).try_for_each(|line| sender.blocking_send(line))
    });
    while let Some(line) = lines.recv().await {
        let command = serde_json::from_str::<model::Command>(&line)?;
        let (store, slot) = (store.clone(), Arc::clone(&slots).acquire_owned().await?);
        tasks.spawn(async move {
            let outcome = model::execute(&store, &command).await;
            let answer = model::Answer { id: command.id, outcome, decided_again: store.decided_again() };
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
