//! Rooms and who is in them.

mod details;
pub(crate) mod explain_permissions;
pub(crate) mod get_member;
pub(crate) mod get_membership;
pub(crate) mod get_room;
pub(crate) mod list_members;
pub(crate) mod list_public_rooms;
pub(crate) mod list_rooms;
mod places;
mod unread;

pub(crate) use details::details;
pub(crate) use places::places;
