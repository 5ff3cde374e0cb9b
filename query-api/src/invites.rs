//! Invites to rooms.

pub(crate) mod list_invites;
