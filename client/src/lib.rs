//! A client of the realtime stream: connects, resumes, and applies frames to a state, which then equals what would be
//! fetched. `docs/realtime.md` has what it speaks.

mod connection;
mod frame;
mod state;

pub use connection::{Closed, Connection, OpenError};
pub use frame::Frame;
pub use state::{Message, Next, RoomState, State};
