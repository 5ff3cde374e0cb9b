//! Calls in rooms, and what clients need to make them.

pub(crate) mod get_call;
pub(crate) mod get_ice_servers;
pub(crate) mod list_calls;

pub use get_ice_servers::Turn;
