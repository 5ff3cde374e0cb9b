//! The log against a real PostgreSQL.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test that fails says where")]
#![expect(clippy::disallowed_methods, reason = "tests make their own ids and read where the database is")]

mod append_only;
mod begin;
mod database;
mod framework;
mod guards;
mod keys;
mod last_event;
mod lost_history;
#[path = "../writer/model.rs"]
mod model;
mod network;
mod notifications;
mod older;
mod property;
mod silence;
mod trouble;
