//! What acts by itself. One process at a time does, under a lease; two at once do no harm. What cannot be done holds up nothing
//! else.

mod calls;
mod collector;
mod erasures;
mod error;
mod retention;
mod skipped;

pub use calls::Attendant;
pub use collector::{COLLECTING, Collector, CollectorSettings};
pub use erasures::Finisher;
pub use error::ReactError;
pub use retention::Expirer;
