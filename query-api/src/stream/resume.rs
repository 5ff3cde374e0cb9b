//! What somebody missed while they were away, as they may see it now.

mod missed;
mod sight;

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use super::about::{About, Noted};
use super::after::After;
use super::frame::Frame;
use super::render::{Audience, Telling, render};
use super::seat::{Seat, seats};
use crate::Queries;
use crate::asking::Interrupted;

/// Most events that are told again; who missed more fetches all anew.
const MOST: usize = 10_000;
/// Events that are told at once.
const AT_ONCE: usize = 500;

/// What somebody missed.
pub(super) struct Resume {
    queries: Queries,
    user: Uuid,
    /// They were told everything up to here, but perhaps for the last readings.
    pub(super) since: i64,
    /// Whether that was of the log as it is: no other frames lead from there to here.
    same_log: bool,
    /// Events that are still to be told, newest first; none before they were looked for.
    left: Option<Vec<i64>>,
}

/// What is told next.
pub(super) enum Missed {
    /// Frames, in order; there may be none of them, and more after them.
    Frames(Vec<Arc<Frame>>),
    /// More than is told, what no frame tells, or what it is not sure that they may see.
    TooMuch,
    /// That was all.
    Nothing,
}

impl Resume {
    pub(super) fn new(queries: Queries, user: Uuid, since: i64, same_log: bool) -> Self {
        Self { queries, user, since, same_log, left: None }
    }

    /// What is told next of what happened up to `until`.
    pub(super) async fn next(&mut self, until: i64) -> Missed {
        if self.left.as_ref().is_some_and(Vec::is_empty) {
            return Missed::Nothing;
        }
        let mut least = until;
        loop {
            match self.attempt(until, least).await {
                Ok(missed) => return missed,
                Err(Interrupted::Behind(position)) => least = position,
                Err(Interrupted::Problem(error)) => {
                    tracing::warn!(%error, "what somebody missed cannot be told");
                    return Missed::TooMuch;
                }
            }
        }
    }

    async fn attempt(&mut self, until: i64, least: i64) -> Result<Missed, Interrupted> {
        if !self.same_log || self.since > until {
            return Ok(Missed::TooMuch);
        }
        let mut view = self.queries.overview(least).await?;
        let position = view.position;
        let after = After::of(&mut view, position).await?;
        let sits = seats(&mut view, &[self.user], None).await?;
        let stays = sits.into_iter().filter(|((room, user), _)| !after.has_gone(*room, *user));
        let sits: HashMap<Uuid, Seat> = stays.map(|((room, _), seat)| (room, seat)).collect();
        if sits.keys().any(|room| after.is_doubtful(*room)) {
            return Ok(Missed::TooMuch);
        }
        if self.left.is_none() {
            if sight::changed(&mut view, self.user, &sits, self.since, until).await? {
                return Ok(Missed::TooMuch);
            }
            let found = missed::positions(&mut view, self.user, &sits, self.since, until, MOST).await?;
            let Some(mut found) = found else { return Ok(Missed::TooMuch) };
            found.reverse();
            self.left = Some(found);
        }
        let left = self.left.as_deref().unwrap_or_default();
        let next: Vec<i64> = left.iter().rev().take(AT_ONCE).copied().collect();
        if next.is_empty() {
            return Ok(Missed::Nothing);
        }
        let events = missed::events(&mut view, &next).await?;
        let keyring = self.queries.store.keyring();
        let noted: Vec<Noted> = events.iter().map(|event| Noted::of(event, keyring)).collect();
        let told = render(&mut view, &noted).await?;
        let sitting = Sitting { user: self.user, seats: &sits, noted: &noted };
        let seen: Vec<_> = told.iter().filter_map(|telling| sitting.sees(telling)).collect();
        if seen.iter().any(|(audience, _)| matches!(audience, Audience::Anew { .. })) {
            return Ok(Missed::TooMuch);
        }
        if let Some(left) = &mut self.left {
            left.truncate(left.len() - next.len());
        }
        Ok(Missed::Frames(seen.into_iter().map(|(_, frame)| Arc::clone(frame)).collect()))
    }
}

/// Somebody who looks back.
struct Sitting<'a> {
    user: Uuid,
    seats: &'a HashMap<Uuid, Seat>,
    noted: &'a [Noted],
}

impl Sitting<'_> {
    /// What they are told of an event, if anything.
    fn sees<'a>(&self, telling: &'a Telling) -> Option<&'a (Audience, Arc<Frame>)> {
        telling.parts.iter().find(|(audience, _)| self.is_among(audience, telling.position))
    }

    fn is_among(&self, audience: &Audience, position: i64) -> bool {
        let seat = |room: &Uuid| self.seats.get(room).filter(|seat| seat.joined <= position);
        match audience {
            Audience::Members { room, of } => seat(room).is_some_and(|seat| *of > seat.floor),
            Audience::Wardens { room } => seat(room).is_some_and(|seat| seat.bans),
            Audience::Inviters { room } => seat(room).is_some_and(|seat| seat.invites),
            Audience::Some { room, users } => seat(room).is_some() && users.contains(&self.user),
            Audience::Sharing { rooms } | Audience::Anew { rooms } => rooms.iter().any(|room| seat(room).is_some()),
            Audience::Own { user } | Audience::Gone { user, .. } => *user == self.user,
            Audience::Seeing { audience, by } => {
                let by_room = |(room, of): &(Uuid, i64)| seat(room).is_some_and(|seat| *of > seat.floor);
                let sees = by.users.contains(&self.user) || by.rooms.iter().any(by_room);
                sees && self.is_among(audience, position)
            }
            // It was looked for among their own rooms.
            Audience::Former { room } => self.noted.iter().any(|event| event.about == About::Closed { room: *room }),
        }
    }
}
