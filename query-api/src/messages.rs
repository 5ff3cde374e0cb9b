//! Messages of a room.

mod beside;
pub(crate) mod get_message;
pub(crate) mod list_messages;
pub(crate) mod list_readers;
pub(crate) mod list_versions;
mod pinned;
mod rows;
mod secret;
mod standing;

pub(crate) use rows::these;
pub(crate) use secret::{opened, reactions as whispered_reactions};
pub(crate) use standing::standing;
