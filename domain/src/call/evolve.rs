//! What each event makes of a call.

use super::{Call, CallEvent};

impl Call {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &CallEvent) {
        match event {
            CallEvent::CallStarted { room_id, by, media: _ } => {
                (self.room_id, self.started_by) = (Some(*room_id), Some(*by));
                self.present.insert(*by);
                self.joins += 1;
            }
            CallEvent::CallJoined { room_id: _, user_id } => {
                self.present.insert(*user_id);
                self.parted.remove(user_id);
                self.answered |= self.started_by != Some(*user_id);
                self.joins += 1;
            }
            CallEvent::CallDeclined { room_id: _, user_id } | CallEvent::CallLeft { room_id: _, user_id, why: _ } => {
                self.present.remove(user_id);
                self.parted.insert(*user_id);
            }
            CallEvent::CallEnded { .. } => {
                self.present.clear();
                self.ended = true;
            }
        }
    }
}
