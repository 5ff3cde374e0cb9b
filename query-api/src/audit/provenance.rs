//! Which event gave a message what it has, read from the log itself.

mod find;
pub(crate) mod get_provenance;
mod origin;
mod trace;
