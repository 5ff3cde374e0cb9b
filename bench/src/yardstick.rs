//! The yardstick: pgbench inserting one row a transaction, prepared, on the same server in the same run.

use std::time::Duration;

use sqlx::Executor;
use sqlx::postgres::PgPool;
use tokio::process::Command;

const SCRIPT: &str = "insert into bench.yardstick (id, payload) values (gen_random_uuid(), repeat('x', 300));";

/// Rows a second that pgbench inserts with so many clients.
pub(crate) async fn one_row_inserts(
    url: &str,
    clients: usize,
    time: Duration,
) -> Result<f64, Box<dyn std::error::Error>> {
    let pool = PgPool::connect(url).await?;
    pool.execute("create schema if not exists bench").await?;
    pool.execute("create table if not exists bench.yardstick (id uuid primary key, payload text not null)").await?;
    let script = std::env::temp_dir().join(format!("hansard-yardstick-{}.sql", std::process::id()));
    std::fs::write(&script, SCRIPT)?;
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
    let line = report.lines().find_map(|line| line.strip_prefix("tps = ")).ok_or_else(|| {
        format!("pgbench: {}", String::from_utf8_lossy(&output.stderr))
    })?;
    Ok(line.split_whitespace().next().ok_or("pgbench printed no rate")?.parse()?)
}
