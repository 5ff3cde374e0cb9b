//! Handing out what a batch of events changed.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::mpsc::error::TrySendError;
use uuid::Uuid;

use super::Delivery;
use super::work::{Known, Work};
use crate::stream::about::{About, Noted};
use crate::stream::closing::Closing;
use crate::stream::render::{Audience, Telling};
use crate::stream::seat::{Pair, Seat};

impl Work {
    /// In the order of events: who comes in is told of it, and who goes is told of nothing after it.
    pub(super) fn hand_out(&mut self, noted: &[Noted], known: &Known) {
        let mut told = known.told.iter().peekable();
        for event in noted {
            if let About::Coming { room, user } = event.about {
                let seat = known.seats.get(&(room, user)).copied();
                self.people.sit((room, user), seat.unwrap_or(Seat { joined: event.position, ..Seat::default() }));
            }
            if let Some(telling) = told.next_if(|telling| telling.position == event.position) {
                self.hand_out_one(telling, known);
            }
            if let About::Going { room, user } = event.about {
                self.people.stand((room, user));
            }
            if let About::Closed { room } = event.about {
                self.close(room);
            }
        }
    }

    fn close(&mut self, room: Uuid) {
        let members: Vec<Uuid> = self.people.members(room).map(|(user, _)| user).collect();
        for user in members {
            self.people.stand((room, user));
        }
    }

    fn hand_out_one(&self, telling: &Telling, known: &Known) {
        let mut reached = HashSet::new();
        let several = telling.parts.len() > 1;
        for (audience, frame) in &telling.parts {
            for user in self.reached(audience, telling.position, known) {
                if several && !reached.insert(user) {
                    continue;
                }
                let delivery = if matches!(audience, Audience::Anew { .. }) {
                    Delivery::Reset(known.position)
                } else {
                    Delivery::Frame(Arc::clone(frame))
                };
                self.deliver(user, &delivery);
            }
        }
    }

    /// Who is told: whoever saw it then, and sees it now.
    fn reached(&self, audience: &Audience, position: i64, known: &Known) -> Vec<Uuid> {
        let members = |room: Uuid, sees: &dyn Fn(Uuid, Seat) -> bool| -> Vec<Uuid> {
            let both = |user, then: Seat| {
                let now = self.seat_now((room, user), known);
                now.is_some_and(|now| now.joined <= position && sees(user, now)) && sees(user, then)
            };
            self.people.members(room).filter(|(user, seat)| both(*user, *seat)).map(|(user, _)| user).collect()
        };
        // Where what they may see is not known any more, they look themselves.
        let sure = |room: Uuid, user: Uuid| {
            let doubtful = known.after.is_doubtful(room);
            if doubtful {
                self.deliver(user, &Delivery::Reset(known.position));
            }
            !doubtful
        };
        match audience {
            Audience::Members { room, of } => {
                members(*room, &|user, seat| *of > seat.floor && (*of > seat.joined || sure(*room, user)))
            }
            Audience::Wardens { room } => members(*room, &|user, seat| seat.bans && sure(*room, user)),
            Audience::Inviters { room } => members(*room, &|user, seat| seat.invites && sure(*room, user)),
            Audience::Some { room, users } => members(*room, &|user, _| users.contains(&user)),
            Audience::Former { room } => self.people.members(*room).map(|(user, _)| user).collect(),
            Audience::Sharing { rooms } | Audience::Anew { rooms } => {
                let all = rooms.iter().flat_map(|room| members(*room, &|_, _| true));
                all.collect::<HashSet<_>>().into_iter().collect()
            }
            Audience::Own { user } | Audience::Gone { user, .. } => vec![*user],
            Audience::Seeing { audience, by } => {
                let by_rooms = by
                    .rooms
                    .iter()
                    .flat_map(|(room, of)| self.reached(&Audience::Members { room: *room, of: *of }, position, known));
                let seers: HashSet<Uuid> = by_rooms.chain(by.users.iter().copied()).collect();
                let reached = self.reached(audience, position, known);
                reached.into_iter().filter(|user| seers.contains(user)).collect()
            }
        }
    }

    fn seat_now(&self, pair: Pair, known: &Known) -> Option<Seat> {
        if known.after.has_gone(pair.0, pair.1) {
            return None;
        }
        if known.touched.has(pair) { known.seats.get(&pair).copied() } else { self.people.seat(pair) }
    }

    /// Everybody sits where they do now. Whoever sees more or less of what was said before than until now fetches it again.
    pub(super) fn reseat(&mut self, known: &Known) {
        for (pair, now) in &known.seats {
            let before = self.people.seat(*pair);
            if before.is_some_and(|before| before.joined == now.joined && before.floor != now.floor) {
                self.deliver(pair.1, &Delivery::Reset(known.position));
            }
            self.people.sit(*pair, *now);
        }
        for pair in &known.touched.pairs {
            if !known.seats.contains_key(pair) {
                self.people.stand(*pair);
            }
        }
    }

    pub(super) fn deliver(&self, user: Uuid, delivery: &Delivery) {
        self.deliver_to(user, |_| true, delivery);
    }

    /// Delivers to those of somebody's streams that are `wanted`.
    pub(super) fn deliver_to(&self, user: Uuid, wanted: impl Fn(u64) -> bool, delivery: &Delivery) {
        for (stream, deliver) in self.people.streams(user).iter().filter(|(stream, _)| wanted(*stream)) {
            match deliver.try_send(delivery.clone()) {
                // One that is closed is about to leave; what is said in passing is worth nothing later.
                Ok(()) | Err(TrySendError::Closed(_) | TrySendError::Full(Delivery::Passing(_))) => {}
                Err(TrySendError::Full(_)) => self.hub.registry().close(*stream, Closing::TooSlow),
            }
        }
    }
}
