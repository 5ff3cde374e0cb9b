//! Commands, sent to the write edge alone, over a real log.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod accounts;
mod app;
mod call;
mod database;
mod idempotency;
mod mail;
mod members;
mod messages;
mod openapi;
mod rooms;
mod sessions;
mod statements;
