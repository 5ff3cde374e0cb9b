//! Mail: asked for by a request, written and sent after its answer.
//!
//! All that depends on whether there is somebody to write to happens here, behind a queue: the answer is the same, and
//! comes at the same time, whether there is or not. What waits in the queue is lost with the process: whoever gets no
//! mail asks again.

mod letter;
mod mailroom;
mod outbox;
mod postman;

pub use letter::Letter;
pub use mailroom::Mailroom;
pub(crate) use outbox::Order;
pub use outbox::Outbox;
pub use postman::{Delivery, Postman, Undelivered};
