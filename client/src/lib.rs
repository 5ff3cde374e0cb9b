//! A client of the realtime stream: connects, resumes, and applies frames to a state, which then equals what would be
//! fetched. `docs/realtime.md` has what it speaks.

mod connection;
mod frame;
mod state;

pub use connection::{Closed, Connection, OpenError, Place};
pub use frame::{Frame, FramePlace};
pub use state::{Message, Next, Own, RoomState, State};
