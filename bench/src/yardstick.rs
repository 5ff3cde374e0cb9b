//! The yardstick: pgbench inserting one row a transaction, prepared, on the same server in the same run.

use std::time::Duration;

use sqlx::Executor;
use sqlx::postgres::PgPool;
use tokio::process::Command;

type Failed = Box<dyn std::error::Error>;

const INSERT: &str = "insert into bench.yardstick (id, payload) values (gen_random_uuid(), repeat('x', 300));";

/// Fifty rows in the order of an index, as a page of messages is.
const SELECT: &str =
    "select id, payload from bench.yardstick where id > (select gen_random_uuid()) order by id limit 50;";

/// Rows enough for that, unless they are there: making them again would take the disk from what is measured next.
const FILL: &str = "insert into bench.yardstick select gen_random_uuid(), repeat('x', 300) \
    from generate_series(1, 100000 - (select count(*) from bench.yardstick))";

/// Rows a second that pgbench inserts with so many clients.
pub(crate) async fn one_row_inserts(url: &str, clients: usize, time: Duration) -> Result<f64, Failed> {
    pgbench(url, clients, time, INSERT).await
}

/// Pages of fifty rows a second that pgbench reads with so many clients.
pub(crate) async fn fifty_row_selects(url: &str, clients: usize, time: Duration) -> Result<f64, Failed> {
    let pool = prepared(url).await?;
    pool.execute(FILL).await?;
    pgbench(url, clients, time, SELECT).await
}

async fn prepared(url: &str) -> Result<PgPool, Failed> {
    let pool = PgPool::connect(url).await?;
    pool.execute("create schema if not exists bench").await?;
    pool.execute("create table if not exists bench.yardstick (id uuid primary key, payload text not null)").await?;
    Ok(pool)
}

async fn pgbench(url: &str, clients: usize, time: Duration, script: &str) -> Result<f64, Failed> {
    prepared(url).await?;
    let statement = script;
    let script = std::env::temp_dir().join(format!("hansard-yardstick-{}.sql", std::process::id()));
    std::fs::write(&script, statement)?;
    let output = Command::new("pgbench")
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
        .arg(format!("--client={clients}"))
        .arg(format!("--time={}", time.as_secs()))
        .arg(format!("--file={}", script.display()))
        .arg(url)
        .output()
        .await?;
    std::fs::remove_file(&script)?;
    let report = String::from_utf8_lossy(&output.stdout);
    let line = report
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))
        .ok_or_else(|| format!("pgbench: {}", String::from_utf8_lossy(&output.stderr)))?;
    Ok(line.split_whitespace().next().ok_or("pgbench printed no rate")?.parse()?)
}
