//! Read models, tried on a real PostgreSQL: `HANSARD_TEST_DATABASE_URL` names a migrated template, as a superuser.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod batches;
mod bounded;
mod database;
mod erased;
mod facts;
mod files;
mod frozen;
mod history;
mod log;
mod models;
mod names;
#[path = "../../../event-store/tests/it/network.rs"]
mod network;
mod older;
mod parked;
mod people;
mod projecting;
mod rebuild;
mod replay;
mod runner;
mod sealed;
mod search;
mod timeline;
mod verify;
