//! Stories, and what is tidy.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod accounts;
mod audit;
mod cli;
mod faults;
mod freshness;
mod harness;
mod idempotency;
mod imports;
mod members;
mod messages;
mod metrics;
mod openapi;
mod outage;
mod paging;
mod read_your_writes;
mod reading;
mod roles;
mod rooms;
mod sessions;
mod shutdown;
mod start;
mod strangers;
mod tidy;
mod timelines;
mod walk;
