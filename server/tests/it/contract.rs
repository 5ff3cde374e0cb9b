//! What all rows of the contract have in common, for each of them: who is served and who is not, which addresses,
//! bodies, versions and questions are none, and what a request is answered that comes again.
//!
//! The rows are those of `docs/openapi.json`; a new one is not known to `contract/row.rs`, which says so.

mod addresses;
mod administrators;
mod answers;
mod bodies;
mod outsiders;
mod pages;
mod questions;
mod retries;
mod row;
mod scene;
mod states;

use row::{Row, every_row, rows, rows_elsewhere};
use scene::Scene;
