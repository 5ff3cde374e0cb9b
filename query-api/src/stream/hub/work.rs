//! Taking people in, and handing out what happened.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use event_store::Recorded;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::sleep;
use uuid::Uuid;

use super::after::After;
use super::room_of_people::People;
use super::{AGAIN, Ask, Delivery, Hub, News};
use crate::Queries;
use crate::asking::Interrupted;
use crate::stream::about::{About, Noted};
use crate::stream::closing::Closing;
use crate::stream::render::{Audience, Telling, render};
use crate::stream::seat::{Pair, Seat, seats};

/// Most streams that are taken in at once.
const JOINING: usize = 1000;

/// What the hub works with.
pub(super) struct Work {
    hub: Hub,
    queries: Queries,
    people: People,
    /// Everything up to here was handed out.
    position: i64,
}

/// What is known of a batch, as of one snapshot.
struct Known {
    told: Vec<Telling>,
    /// Where people sit now whose seats the batch touches; who is missing sits there no more.
    seats: HashMap<Pair, Seat>,
    touched: Touched,
    after: After,
    /// The snapshot's read models have seen events up to here.
    position: i64,
}

/// Whose seats a batch touches.
#[derive(Default)]
struct Touched {
    pairs: HashSet<Pair>,
    rooms: HashSet<Uuid>,
}

impl Touched {
    fn has(&self, (room, user): Pair) -> bool {
        self.rooms.contains(&room) || self.pairs.contains(&(room, user))
    }
}

impl Work {
    pub(super) fn new(hub: Hub, queries: Queries, position: i64) -> Self {
        Self { hub, queries, people: People::default(), position }
    }

    /// Until no more news come.
    pub(super) async fn run(mut self, asked: &mut mpsc::UnboundedReceiver<Ask>, mut news: mpsc::Receiver<News>) {
        let mut asks = Vec::new();
        loop {
            tokio::select! {
                biased;
                count = asked.recv_many(&mut asks, JOINING) => {
                    if count == 0 {
                        return;
                    }
                    self.take_in(std::mem::take(&mut asks)).await;
                }
                told = news.recv() => match told {
                    Some(News::Events(events)) => self.tell(&events).await,
                    Some(News::OtherLog(position)) => self.begin_anew(position),
                    None => return,
                },
            }
        }
    }

    /// Takes people in: from the position that everything was handed out up to.
    async fn take_in(&mut self, asks: Vec<Ask>) {
        let mut new = Vec::new();
        let mut joining = Vec::new();
        for ask in asks {
            match ask {
                Ask::Join { user, stream, deliver, joined } => {
                    if !self.people.is_here(user) {
                        new.push(user);
                    }
                    self.people.join(user, stream, deliver);
                    joining.push(joined);
                }
                Ask::Leave { user, stream } => self.people.leave(user, stream),
            }
        }
        new.retain(|user| self.people.is_here(*user));
        let seats = self.seats_of(&new).await;
        seats.into_iter().for_each(|(pair, seat)| self.people.sit(pair, seat));
        for joined in joining {
            _ = joined.send(self.position);
        }
    }

    async fn seats_of(&self, users: &[Uuid]) -> HashMap<Pair, Seat> {
        while !users.is_empty() {
            let found = async {
                let mut view = self.queries.overview(self.position).await?;
                seats(&mut view, users, None).await
            };
            match found.await {
                Ok(seats) => return seats,
                Err(error) => tracing::warn!(%error, "nobody is taken in"),
            }
            sleep(AGAIN).await;
        }
        HashMap::new()
    }

    /// Hands out what happened.
    async fn tell(&mut self, events: &[Recorded]) {
        let Some(last) = events.last().map(|last| last.position) else { return };
        let touched = self.touched(events);
        let noted = self.wanted(events);
        if !noted.is_empty() || !touched.pairs.is_empty() || !touched.rooms.is_empty() {
            let known = self.know(&noted, touched, last).await;
            self.hand_out(&noted, &known);
            self.reseat(&known);
        }
        self.position = last;
        self.hub.handed_out(last);
    }

    /// Of what happened, what somebody who is connected could be told.
    fn wanted(&self, events: &[Recorded]) -> Vec<Noted> {
        if self.people.is_empty() {
            return vec![];
        }
        let noted: Vec<Noted> = events.iter().map(Noted::of).collect();
        let mut followed = HashSet::new();
        for event in &noted {
            match event.about {
                About::Coming { room, user } if self.people.is_here(user) => _ = followed.insert(room),
                _ => {}
            }
        }
        let wanted = |event: &Noted| match event.room() {
            Some(room) => followed.contains(&room) || self.people.is_followed(room),
            None => event.about != About::Nothing,
        };
        noted.into_iter().filter(wanted).collect()
    }

    fn touched(&self, events: &[Recorded]) -> Touched {
        let mut touched = Touched::default();
        for event in events {
            match Noted::of(event).about {
                About::Coming { room, user } | About::Going { room, user } | About::Roles { room, user }
                    if self.people.is_here(user) =>
                {
                    touched.pairs.insert((room, user));
                }
                About::Room { room } | About::Closed { room } if self.people.is_followed(room) => {
                    touched.rooms.insert(room);
                }
                _ => {}
            }
        }
        touched
    }

    async fn know(&self, noted: &[Noted], touched: Touched, last: i64) -> Known {
        let mut least = last;
        loop {
            match self.look(noted, &touched, last, least).await {
                Ok((told, seats, after, position)) => return Known { told, seats, touched, after, position },
                Err(Interrupted::Behind(position)) => least = position,
                Err(Interrupted::Problem(error)) => {
                    tracing::warn!(%error, "nobody can be told what happened; trying again");
                    sleep(AGAIN).await;
                }
            }
        }
    }

    async fn look(
        &self,
        noted: &[Noted],
        touched: &Touched,
        last: i64,
        least: i64,
    ) -> Result<(Vec<Telling>, HashMap<Pair, Seat>, After, i64), Interrupted> {
        let mut view = self.queries.overview(least).await?;
        let after = After::of(&mut view, last).await?;
        let told = render(&mut view, noted).await?;
        let (rooms, users): (Vec<Uuid>, Vec<Uuid>) = touched.pairs.iter().copied().unzip();
        let mut found = seats(&mut view, &users, Some(&rooms)).await?;
        let rooms: Vec<Uuid> = touched.rooms.iter().copied().collect();
        let users: Vec<Uuid> = rooms.iter().flat_map(|room| self.people.members(*room)).map(|(user, _)| user).collect();
        found.extend(seats(&mut view, &users, Some(&rooms)).await?);
        Ok((told, found, after, view.position))
    }

    /// In the order of events: who comes in is told of it, and who goes is told of nothing after it.
    fn hand_out(&mut self, noted: &[Noted], known: &Known) {
        let mut told = known.told.iter().peekable();
        for event in noted {
            if let About::Coming { room, user } = event.about {
                let seat = known.seats.get(&(room, user)).copied();
                self.people.sit((room, user), seat.unwrap_or(Seat { joined: event.position, ..Seat::default() }));
            }
            if let Some(telling) = told.next_if(|telling| telling.position == event.position) {
                self.hand_out_one(telling, known);
            }
            match event.about {
                About::Going { room, user } => self.people.stand((room, user)),
                About::Closed { room } => self.close(room),
                _ => {}
            }
        }
    }

    fn close(&mut self, room: Uuid) {
        let members: Vec<Uuid> = self.people.members(room).map(|(user, _)| user).collect();
        members.into_iter().for_each(|user| self.people.stand((room, user)));
    }

    fn hand_out_one(&self, telling: &Telling, known: &Known) {
        let mut reached = HashSet::new();
        let several = telling.parts.len() > 1;
        for (audience, frame) in &telling.parts {
            for user in self.reached(audience, telling.position, known) {
                if several && !reached.insert(user) {
                    continue;
                }
                let delivery = match audience {
                    Audience::Anew { .. } => Delivery::Reset(known.position),
                    _ => Delivery::Frame(Arc::clone(frame)),
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
        match audience {
            Audience::Members { room, of } => {
                let doubtful = known.after.is_doubtful(*room);
                members(*room, &|user, seat| {
                    let sees = *of > seat.floor;
                    if sees && doubtful && *of <= seat.joined {
                        // What they may see is not known any more; they look themselves.
                        self.deliver(user, &Delivery::Reset(known.position));
                        return false;
                    }
                    sees
                })
            }
            Audience::Wardens { room } => members(*room, &|_, seat| seat.bans),
            Audience::Inviters { room } => members(*room, &|_, seat| seat.invites),
            Audience::Some { room, users } => members(*room, &|user, _| users.contains(&user)),
            Audience::Former { room } => self.people.members(*room).map(|(user, _)| user).collect(),
            Audience::Sharing { rooms } | Audience::Anew { rooms } => {
                let all = rooms.iter().flat_map(|room| members(*room, &|_, _| true));
                all.collect::<HashSet<_>>().into_iter().collect()
            }
            Audience::Own { user } | Audience::Gone { user, .. } => vec![*user],
        }
    }

    fn seat_now(&self, pair: Pair, known: &Known) -> Option<Seat> {
        if known.after.has_gone(pair.0, pair.1) {
            return None;
        }
        if known.touched.has(pair) { known.seats.get(&pair).copied() } else { self.people.seat(pair) }
    }

    /// Everybody sits where they do now. Whoever sees more or less of what was said before than until now fetches it again.
    fn reseat(&mut self, known: &Known) {
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

    fn deliver(&self, user: Uuid, delivery: &Delivery) {
        for (stream, deliver) in self.people.streams(user) {
            match deliver.try_send(delivery.clone()) {
                // One that is closed is about to leave.
                Ok(()) | Err(TrySendError::Closed(_)) => {}
                Err(TrySendError::Full(_)) => self.hub.registry().close(*stream, Closing::TooSlow),
            }
        }
    }

    /// The log was restored from an older copy: nothing that was told may hold.
    fn begin_anew(&mut self, position: i64) {
        self.position = position;
        self.hub.handed_out(position);
        for user in self.people.everybody() {
            self.deliver(user, &Delivery::Reset(position));
        }
    }
}
