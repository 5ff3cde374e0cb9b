//! What Hansard decides: `(state, command) → events or a refusal`.
//!
//! Pure: no I/O, no clock, no randomness. Facts from outside arrive inside the command.

pub mod audit;
pub mod id;
pub mod imported;
pub mod membership;
pub mod message;
pub mod permission;
pub mod reading;
pub mod refusal;
pub mod room;
pub mod sealed;
pub mod session;
pub mod settings;
pub mod user;
