//! Calls in rooms. What is said in them does not pass through here, but for the signals by which they are set up.

mod end_call;
mod join_call;
mod leave_call;
mod send_signal;
mod signals;
mod start_call;

use api_kit::Problem;
use domain::call::{CALL_CLAIM, Call, CallCommand, CallEvent};
use domain::id::{CallId, RoomId};
use domain::permission::Standing;
use event_store::Loaded;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Commands;
use crate::actor::Actor;
use crate::refused::refused;

pub use signals::{NotSent, Sending, Signal, Signals};

pub(crate) fn routes() -> OpenApiRouter<Commands> {
    OpenApiRouter::new()
        .routes(routes!(start_call::handle))
        .routes(routes!(join_call::handle, leave_call::handle))
        .routes(routes!(end_call::handle))
        .routes(routes!(send_signal::handle))
}

/// What the claim of a room's one call is made of.
fn claim(room: RoomId) -> Vec<u8> {
    room.0.as_bytes().to_vec()
}

impl Actor {
    /// A call, and where the actor stands in its room. Who may not know of it is refused by what is decided next.
    async fn call(&self, id: CallId) -> Result<(Loaded<Call>, RoomId, Standing), Problem> {
        let call = self.unit.load::<Call>(&id.to_string()).await?;
        let room = call.room_id.ok_or(Problem::NotFound)?;
        let standing = self.place(room).await?.standing;
        Ok((call, room, standing))
    }

    /// Has a call decide, and gives the room back once it is over.
    async fn decide_call(&self, id: CallId, command: impl FnOnce(Standing) -> CallCommand) -> Result<(), Problem> {
        let (call, room, standing) = self.call(id).await?;
        let events = call.decide(command(standing)).map_err(refused)?;
        if events.iter().any(|event| matches!(event, CallEvent::CallEnded { .. })) {
            self.unit.release(CALL_CLAIM, claim(room), id.to_string());
        }
        self.unit.append::<Call>(&id.to_string(), events, Some(room.0));
        Ok(())
    }
}
