//! Seals the log: appends each event to the record's tree, and signs its head. One process at a time does, under a lease;
//! a second is refused by the tree's size, which moves from what it was.

mod error;
mod published;
mod push;
mod sealer;
mod store;
mod target;

pub use error::SealError;
pub use push::Pusher;
pub use sealer::Sealer;
pub use target::{NoTarget, NotRead, Target};
