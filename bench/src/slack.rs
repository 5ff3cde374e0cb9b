//! The import of a real Slack export beside the running server, until read models have all of it.

use std::path::PathBuf;
use std::time::Instant;

use sqlx::postgres::PgPool;

use crate::load::settled;
use crate::record::takes;
use crate::target::Targets;
use crate::{Run, yardstick};

type Failed = Box<dyn std::error::Error>;

/// Where the real input is, from this crate on.
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/slack-export");

/// Seconds that it may take.
const MOST: f64 = 10.0;

/// Clients of the yardstick.
const CLIENTS: usize = 64;

/// Imports the export in `folder`, or else the real input. Where that is not there nothing is measured, nor met if it was
/// asked for by name.
pub(crate) async fn slack(
    run: &Run,
    folder: Option<PathBuf>,
    is_asked_for: bool,
    targets: &mut Targets,
) -> Result<(), Failed> {
    let (what, folder) = ("seconds of a Slack export's import", folder.unwrap_or_else(|| DATA.into()));
    if !folder.is_dir() {
        let why = format!("{} is not there: --slack DIR names another", folder.display());
        println!("| import of a Slack export | left out: {why} |\n| --- | --- |");
        if is_asked_for {
            targets.left_out(what, &why);
        }
        return Ok(());
    }
    let pool = PgPool::connect(&run.database).await?;
    let inserts = yardstick::one_row_inserts(&run.database, CLIENTS, run.time).await?;
    settled(&pool).await?;
    let before = position(&pool).await?;
    let started = Instant::now();
    let ended = takes(run, &["import", "slack", &folder.to_string_lossy()]).await?;
    settled(&pool).await?;
    let seconds = started.elapsed().as_secs_f64();
    let events = position(&pool).await? - before;
    if events == 0 {
        return Err("the Slack export added nothing: it was imported before".into());
    }
    let told = String::from_utf8_lossy(&ended.output.stdout);
    let read = told.lines().find(|line| line.starts_with("read ")).unwrap_or_default();
    println!("| import of a Slack export | |\n| --- | ---: |");
    println!("| {read} | {events} events |");
    println!("| from start to end | {:.1} s |", ended.seconds);
    println!("| until read models have all of it | {seconds:.1} s |");
    println!("| most memory of the process | {} MB |", ended.most_memory >> 20);
    let yardstick = format!("pgbench inserted {inserts:.0} rows a second with {CLIENTS} clients");
    targets.at_most(what, seconds, MOST, &yardstick);
    Ok(())
}

async fn position(pool: &PgPool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("select position from log.head").fetch_one(pool).await
}
