//! Search over what was said in one's own rooms.

mod find;
mod names;
mod own;
mod question;
pub(crate) mod search_messages;
mod wanted;
