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
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_open_fds",
    ] {
        assert!(metrics.contains(line), "{line} is not in:\n{metrics}");
    }
    assert_eq!(alice.get("/metrics").await.status, 404);
}
