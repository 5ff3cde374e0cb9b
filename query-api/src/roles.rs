//! Roles of a room: all of them are in the room itself.

pub(crate) mod get_role;
