//! Stories, and what is tidy.

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
