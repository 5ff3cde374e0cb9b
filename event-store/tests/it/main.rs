//! The log against a real PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

mod append_only;
mod database;
mod framework;
mod keys;
#[path = "../writer/model.rs"]
mod model;
mod property;
