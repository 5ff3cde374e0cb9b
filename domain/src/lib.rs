//! What Hansard decides: `(state, command) → events or a refusal`.
//!
//! Pure: no I/O, no clock, no randomness. Facts from outside arrive inside the command.
//!
//! A folder a noun: what can be asked of it (`command`), what can happen to it (`event`), what each event makes of it
//! (`evolve`) and what it answers (`decide`). What they share stands beside them: who may do what ([`permission`]),
//! what people may write ([`text`]), what is stored sealed ([`sealed`]), and
//! how it ends ([`erasure`]).

pub mod admins;
pub mod audit;
pub mod blob;
pub mod call;
pub mod erasure;
#[cfg(test)]
mod facts;
pub mod file;
#[cfg(test)]
mod golden;
pub mod holds;
pub mod id;
pub mod imported;
pub mod invite;
pub mod membership;
pub mod message;
pub mod permission;
#[cfg(test)]
mod properties;
pub mod reaction;
pub mod reading;
pub mod refusal;
pub mod retention;
pub mod room;
pub mod sealed;
pub mod session;
pub mod settings;
pub mod stored;
pub mod streams;
pub mod text;
pub mod upcast;
pub mod user;
