//! A whole instance as it was at a position, for auditors: `docs/adr/0031-an-instance-of-the-past.md`.
//!
//! Its log is a copy that ends there, in a database of its own; read models are made of it by the code that always makes
//! them, and every query is answered from them as ever. Keys are today's, at each request.

mod copy;
mod gate;
mod keys;

pub(crate) use copy::{NotCopied, copy};
pub(crate) use gate::{Gate, guarded};
pub(crate) use keys::Keys;
