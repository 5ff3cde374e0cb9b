//! What a call answers.

use super::{Call, CallCommand, CallEvent, Departure, JOINS_MOST, Media, Outcome, PARTICIPANTS_MOST};
use crate::id::{RoomId, UserId};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::room::RoomType;

impl Call {
    /// Answers a command with the facts it makes true; an empty list means they already were.
    pub fn decide(&self, command: CallCommand) -> Result<Vec<CallEvent>, Refusal> {
        match command {
            CallCommand::Start { room, by, media } => self.start(room, &by, media),
            CallCommand::Join { by } => self.join(&by),
            CallCommand::Leave { by } => self.leave(&by),
            CallCommand::End { by } => self.end(&by),
            CallCommand::RingOut if self.answered => Ok(vec![]),
            CallCommand::RingOut | CallCommand::Close => Ok(self.over(None, self.outcome())),
            CallCommand::Lose { user, why } => Ok(self.without(user, why)),
        }
    }

    fn start(&self, room: RoomId, by: &Standing, media: Media) -> Result<Vec<CallEvent>, Refusal> {
        by.open()?;
        by.require(Permission::StartCalls)?;
        if self.room_id.is_some() {
            return Err(Refusal::IdTaken);
        }
        Ok(vec![CallEvent::CallStarted { room_id: room, by: by.user, media }])
    }

    fn join(&self, by: &Standing) -> Result<Vec<CallEvent>, Refusal> {
        let room_id = self.known_to(by)?;
        by.open()?;
        if self.ended {
            return Err(Refusal::CallEnded);
        }
        if self.present.contains(&by.user) {
            return Ok(vec![]);
        }
        if self.present.len() >= PARTICIPANTS_MOST {
            return Err(Refusal::LimitReached { what: "people in this call", most: PARTICIPANTS_MOST });
        }
        if self.joins >= JOINS_MOST {
            return Err(Refusal::LimitReached { what: "joinings of this call", most: JOINS_MOST });
        }
        Ok(vec![CallEvent::CallJoined { room_id, user_id: by.user }])
    }

    fn leave(&self, by: &Standing) -> Result<Vec<CallEvent>, Refusal> {
        let (room_id, user_id) = (self.known_to(by)?, by.user);
        if self.present.contains(&user_id) {
            return Ok(self.without(user_id, Departure::Left));
        }
        if self.ended || self.parted.contains(&user_id) {
            return Ok(vec![]);
        }
        // Each declines once, and whoever declines is a member: but members may come and go.
        if self.parted.len() >= JOINS_MOST {
            return Err(Refusal::LimitReached { what: "people who declined this call", most: JOINS_MOST });
        }
        let mut events = vec![CallEvent::CallDeclined { room_id, user_id }];
        if by.room_type != RoomType::Group && !self.answered {
            events.extend(self.over(Some(user_id), Outcome::Declined));
        }
        Ok(events)
    }

    fn end(&self, by: &Standing) -> Result<Vec<CallEvent>, Refusal> {
        self.known_to(by)?;
        if self.ended {
            return Ok(vec![]);
        }
        let is_theirs = self.started_by == Some(by.user) || by.room_type != RoomType::Group;
        if !is_theirs {
            by.require(Permission::ManageRoom)?;
        }
        Ok(self.over(Some(by.user), self.outcome()))
    }

    /// The room; a call that was never started is not found, and who may not know of the room knows of no call there.
    fn known_to(&self, by: &Standing) -> Result<RoomId, Refusal> {
        let room = self.room_id.ok_or(Refusal::NotFound)?;
        by.member()?;
        Ok(room)
    }

    /// Without somebody; without anybody it is over.
    fn without(&self, user_id: UserId, why: Departure) -> Vec<CallEvent> {
        let Some(room_id) = self.room_id.filter(|_| self.present.contains(&user_id)) else { return vec![] };
        let mut events = vec![CallEvent::CallLeft { room_id, user_id, why }];
        if self.present.len() == 1 {
            let by = (why == Departure::Left).then_some(user_id);
            events.extend(self.over(by, self.outcome()));
        }
        events
    }

    fn over(&self, by: Option<UserId>, outcome: Outcome) -> Vec<CallEvent> {
        let room_id = self.room_id.filter(|_| !self.ended);
        room_id.map(|room_id| CallEvent::CallEnded { room_id, by, outcome }).into_iter().collect()
    }

    fn outcome(&self) -> Outcome {
        if self.answered { Outcome::Answered } else { Outcome::Missed }
    }
}
