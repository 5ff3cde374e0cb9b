//! The relay and followers, tried with a PostgreSQL database and a nats-server of each test's own.
//!
//! `HANSARD_TEST_DATABASE_URL` names a migrated database that each test copies; `HANSARD_TEST_NATS_SERVER` another
//! nats-server than the one on the path.
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod alarm;
mod broker_lost;
mod fence;
mod follow;
mod grants;
mod harness;
mod lease;
mod log_restored;
#[path = "../../../event-store/tests/it/network.rs"]
mod network;
mod relay;
