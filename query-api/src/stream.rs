//! What happens, told as it happens: `GET /v1/stream`, as WebSocket and as server-sent events.
//!
//! One hub a process ([`hub`]) follows the log. It waits until the read models have seen a batch of events, renders what
//! each of them changed once ([`render`]), and hands it to the sockets of those who may see it ([`seat`]). A client that
//! comes back is first told what it missed ([`resume`]), from the read models, up to the position at which the hub took it
//! in. Both are one sequence of frames ([`frames`]), which [`socket`] and [`events`] write. The hub and the sockets run
//! on threads of their own ([`threads`]).

mod about;
mod after;
mod closing;
mod events;
mod feed;
mod frame;
mod frames;
mod hub;
pub(crate) mod open_stream;
mod registry;
mod render;
mod resume;
mod seat;
mod socket;
mod threads;
mod upgrade;

pub use feed::{Fed, Feed};
pub use hub::{Hub, StreamSettings};
