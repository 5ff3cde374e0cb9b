//! Who may not come into a room.

pub(crate) mod list_bans;
