//! Stories, and what is tidy.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod accounts;
mod cli;
mod harness;
mod idempotency;
mod members;
mod messages;
mod metrics;
mod openapi;
mod outage;
mod roles;
mod rooms;
mod sessions;
mod shutdown;
mod start;
mod tidy;
mod walk;
