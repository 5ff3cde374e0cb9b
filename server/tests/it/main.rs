//! Stories, and what is tidy.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod cli;
mod harness;
mod metrics;
mod openapi;
mod outage;
mod roles;
mod shutdown;
mod start;
mod tidy;
mod walk;
