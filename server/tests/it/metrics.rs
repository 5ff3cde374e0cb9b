//! What is measured.

use crate::harness::Setup;

#[tokio::test]
async fn requests_pools_positions_and_the_process_are_measured_apart_from_the_api() {
    // A process of its own: what is measured is the process's.
    let setup = Setup::new().await;
    let process = setup.spawn().await;
    let alice = process.registers("alice").await;
    let room = alice.creates_room("general").await;
    let head = alice.sends(&room, "counted").await.position;
    assert_eq!(alice.reads(&room).await, ["counted"]);
    let metrics = process.metrics().await;
    for line in [
        r#"hansard_http_request_duration_seconds_count{method="POST",route="/v1/rooms/{room}/messages",status="201"} 1"#,
        "hansard_relay_position",
        &format!("hansard_log_position {head}"),
        &format!("hansard_read_models_position {head}"),
        "hansard_read_models_lag_events 0",
        "hansard_read_models_lag_seconds 0",
        "hansard_read_models_parked_streams 0",
        "hansard_append_group_seconds_count",
        r#"hansard_pool_connections{pool="commands""#,
        r#"hansard_pool_connections{pool="queries""#,
        "hansard_log_ahead_of_database_seconds 0",
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_open_fds",
    ] {
        assert!(metrics.contains(line), "{line} is not in:\n{metrics}");
    }
    assert_eq!(alice.get("/metrics").await.status, 404);
}

#[tokio::test]
async fn clocks_that_differ_are_told() {
    let setup = Setup::without_nats().await;
    let log = sqlx::PgPool::connect(&setup.superuser_url).await.unwrap();
    // As after the database's clock was set back by an hour.
    let ahead = "update log.head set recorded_at = clock_timestamp() + interval '1 hour'";
    sqlx::query(ahead).execute(&log).await.unwrap();
    let mut process = setup.spawn().await;
    let told = process.says("clocks differ: look after the time of this machine and of the database's").await;
    assert!(told["log.ahead_of_database_s"].as_f64().unwrap() > 3500.0, "{told}");
    assert!(told["clock.ahead_of_database_s"].as_f64().unwrap().abs() < 5.0, "{told}");
    let metrics = process.metrics().await;
    let shown = metrics.lines().find_map(|line| line.strip_prefix("hansard_log_ahead_of_database_seconds ")).unwrap();
    assert!(shown.parse::<f64>().unwrap() > 3500.0, "{shown}");
}
