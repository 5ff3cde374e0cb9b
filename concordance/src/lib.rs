//! What messages are found by, without storing or asking: the part that projector and query API must see alike.
//!
//! Text is folded ([`fold()`]) and cut into grams ([`grams`]), short runs of letters. Messages are numbered within segments
//! of some thousands; for each gram a segment tells which of its messages have it ([`Places`]). A segment's grams lie in
//! buckets ([`bucket`]), a row each. A word is in a message if the folded word is a part of the folded text: what
//! [`asks`] names leads to the messages that may have it, and then the text is looked at.

pub mod bucket;
mod code;
mod fold;
mod gram;
mod highlight;
mod places;
pub mod segment;
#[cfg(test)]
mod tests;
mod whose;

pub use code::Damaged;
pub use fold::{Folded, fold, fold_words};
pub use gram::{asks, grams};
pub use highlight::{Range, highlights};
pub use places::Places;
pub use whose::{Keys, Whose};
