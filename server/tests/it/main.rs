//! Stories, and what is tidy.

mod harness;
mod outage;
mod shutdown;
mod start;
mod tidy;
