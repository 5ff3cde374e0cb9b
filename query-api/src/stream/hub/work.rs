//! Taking people in, and handing out what happened.

use std::collections::{HashMap, HashSet};
use std::future::pending;
use std::time::Duration;

use api_kit::Problem;
use event_store::Recorded;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval, sleep, sleep_until};
use uuid::Uuid;

use super::presence::Presence;
use super::readings::Readings;
use super::room_of_people::People;
use super::{AGAIN, Ask, BEAT, Delivery, Hub, News, SEEN};
use crate::Queries;
use crate::asking::Interrupted;
use crate::stream::about::{About, Noted};
use crate::stream::after::After;
use crate::stream::render::{Telling, render};
use crate::stream::seat::{Pair, Seat, opposite, seats};

/// Most streams that are taken in at once.
const JOINING: usize = 1000;
/// Most events that are looked through before somebody is told who writes.
const MOST_SINCE: i64 = 10_000;

/// What the hub works with.
pub(super) struct Work {
    pub(super) hub: Hub,
    pub(super) queries: Queries,
    pub(super) people: People,
    pub(super) presence: Presence,
    readings: Readings,
    /// Everything up to here was handed out, but for readings that wait.
    position: i64,
    epoch: i32,
}

/// What is known of a batch, as of one snapshot.
pub(super) struct Known {
    pub(super) told: Vec<Telling>,
    /// Where people sit now whose seats the batch touches; who is missing sits there no more.
    pub(super) seats: HashMap<Pair, Seat>,
    pub(super) touched: Touched,
    pub(super) after: After,
    /// The snapshot's read models have seen events up to here.
    pub(super) position: i64,
}

/// Whose seats a batch touches.
#[derive(Default)]
pub(super) struct Touched {
    pub(super) pairs: HashSet<Pair>,
    rooms: HashSet<Uuid>,
    /// Who is blocked or not any more, after who blocks: what they may write to each other changes.
    blocks: HashSet<(Uuid, Uuid)>,
}

impl Touched {
    pub(super) fn has(&self, (room, user): Pair) -> bool {
        self.rooms.contains(&room) || self.pairs.contains(&(room, user))
    }

    fn is_empty(&self) -> bool {
        self.pairs.is_empty() && self.rooms.is_empty() && self.blocks.is_empty()
    }
}

impl Work {
    /// Of a log of this epoch, from `position` on; readings are told so often.
    pub(super) fn new(hub: Hub, queries: Queries, position: i64, epoch: i32, reads_every: Duration) -> Self {
        let (people, presence, readings) = (People::default(), Presence::default(), Readings::every(reads_every));
        Self { hub, queries, people, presence, readings, position, epoch }
    }

    /// Until no more news come.
    pub(super) async fn run(mut self, asked: &mut mpsc::UnboundedReceiver<Ask>, mut news: mpsc::Receiver<News>) {
        let mut asks = Vec::new();
        let (mut beat, mut seen) = (interval(BEAT), interval(SEEN));
        loop {
            let due = self.readings.due();
            let waited = async move {
                match due {
                    Some(due) => sleep_until(due).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                count = asked.recv_many(&mut asks, JOINING) => {
                    if count == 0 {
                        return;
                    }
                    self.take_in(std::mem::take(&mut asks)).await;
                }
                _ = beat.tick() => self.beat().await,
                _ = seen.tick() => self.note_seen(&self.people.everybody().collect::<Vec<_>>()).await,
                () = waited => self.tell_readings().await,
                told = news.recv() => match told {
                    Some(News::Events(events)) => self.tell(&events).await,
                    Some(News::OtherLog { epoch, position }) => self.begin_anew(epoch, position),
                    None => return,
                },
            }
        }
    }

    /// Takes people in: from the position that everything was handed out up to.
    async fn take_in(&mut self, asks: Vec<Ask>) {
        let mut new = Vec::new();
        let (mut joining, mut left, mut writing) = (Vec::new(), Vec::new(), Vec::new());
        for ask in asks {
            match ask {
                Ask::Join { user, stream, deliver, joined } => {
                    if !self.people.is_here(user) {
                        new.push(user);
                    }
                    self.people.join(user, stream, deliver);
                    self.presence.changed(user);
                    joining.push(joined);
                }
                Ask::Leave { user, stream } => {
                    self.people.leave(user, stream);
                    left.push(user);
                    self.presence.leave(user, stream, !self.people.is_here(user));
                }
                Ask::Typing { user, room } => writing.extend(self.types(user, room)),
                Ask::Watch { user, stream, watched } => self.presence.watch(user, stream, watched),
                Ask::Away { user, stream, away } => {
                    self.people.set_away(user, stream, away);
                    self.presence.changed(user);
                }
                Ask::Overheard(whisper) => writing.extend(self.overhear(whisper)),
                Ask::Signal { user, signal } => self.signal(user, &signal),
            }
        }
        self.note_seen(&left).await;
        new.retain(|user| self.people.is_here(*user));
        let seats = self.seats_of(&new).await;
        for (pair, seat) in seats {
            self.people.sit(pair, seat);
        }
        for joined in joining {
            _ = joined.send((self.position, self.epoch));
        }
        self.tell_writing(writing).await;
        self.tell_presence().await;
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

    /// What the log may have taken away since what was handed out; none where that is too much to look through.
    pub(super) async fn taken_since(&self) -> Result<Option<After>, Problem> {
        let mut view = self.queries.overview(0).await?;
        if view.head - self.position > MOST_SINCE {
            return Ok(None);
        }
        After::of(&mut view, self.position).await.map(Some)
    }

    /// Hands out what happened.
    async fn tell(&mut self, events: &[Recorded]) {
        let Some(last) = events.last().map(|last| last.position) else { return };
        let noted = self.noted(events);
        let touched = self.touched(&noted);
        let noted = self.readings.hold(self.wanted(noted), Instant::now());
        if !noted.is_empty() || !touched.is_empty() {
            let known = self.know(&noted, touched, last).await;
            self.hand_out(&noted, &known);
            self.reseat(&known);
        }
        self.position = last;
        self.tell_readings().await;
        self.notice_who_shows(events).await;
    }

    /// Hands out what was read a moment ago.
    async fn tell_readings(&mut self) {
        let noted = self.readings.take(Instant::now(), self.position);
        if !noted.is_empty() {
            let known = self.know(&noted, Touched::default(), self.position).await;
            self.hand_out(&noted, &known);
        }
        self.hub.handed_out(self.readings.first().map_or(self.position, |first| first - 1));
    }

    /// What events are about; of none where nobody is connected: there is nobody to be told, nor a seat to be touched.
    fn noted(&self, events: &[Recorded]) -> Vec<Noted> {
        if self.people.is_empty() {
            return vec![];
        }
        let keyring = self.queries.store.keyring();
        events.iter().map(|event| Noted::of(event, keyring)).collect()
    }

    /// Of what happened, what somebody who is connected could be told.
    fn wanted(&self, noted: Vec<Noted>) -> Vec<Noted> {
        let mut followed = HashSet::new();
        for event in &noted {
            if let About::Coming { room, user } = event.about
                && self.people.is_here(user)
            {
                followed.insert(room);
            }
        }
        let wanted = |event: &Noted| match event.room() {
            Some(room) => followed.contains(&room) || self.people.is_followed(room),
            None => event.about != About::Nothing,
        };
        noted.into_iter().filter(wanted).collect()
    }

    fn touched(&self, noted: &[Noted]) -> Touched {
        let mut touched = Touched::default();
        for about in noted.iter().map(|event| event.about) {
            if let About::Coming { room, user } | About::Going { room, user } | About::Roles { room, user } = about
                && self.people.is_here(user)
            {
                touched.pairs.insert((room, user));
            }
            if let About::Room { room } | About::Closed { room } = about
                && self.people.is_followed(room)
            {
                touched.rooms.insert(room);
            }
            if let About::Block { user, other } = about
                && self.people.is_here(other)
            {
                touched.blocks.insert((user, other));
            }
        }
        touched
    }

    async fn know(&self, noted: &[Noted], touched: Touched, last: i64) -> Known {
        let mut at_least = last;
        loop {
            match self.look(noted, &touched, last, at_least).await {
                Ok((told, seats, after, position)) => return Known { told, seats, touched, after, position },
                Err(Interrupted::Behind(position)) => at_least = position,
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
        at_least: i64,
    ) -> Result<(Vec<Telling>, HashMap<Pair, Seat>, After, i64), Interrupted> {
        let mut view = self.queries.overview(at_least).await?;
        let after = After::of(&mut view, last).await?;
        let told = render(&mut view, noted).await?;
        let (rooms, users): (Vec<Uuid>, Vec<Uuid>) = touched.pairs.iter().copied().unzip();
        let mut found = seats(&mut view, &users, Some(&rooms)).await?;
        let rooms: Vec<Uuid> = touched.rooms.iter().copied().collect();
        let users: Vec<Uuid> = rooms.iter().flat_map(|room| self.people.members(*room)).map(|(user, _)| user).collect();
        found.extend(seats(&mut view, &users, Some(&rooms)).await?);
        let blocks: Vec<_> = touched.blocks.iter().copied().collect();
        found.extend(opposite(&mut view, &blocks).await?);
        Ok((told, found, after, view.position))
    }

    /// The log was restored from an older copy: nothing that was told may hold.
    fn begin_anew(&mut self, epoch: i32, position: i64) {
        (self.epoch, self.position) = (epoch, position);
        self.readings.clear();
        self.hub.handed_out(position);
        for user in self.people.everybody() {
            self.deliver(user, &Delivery::OtherLog(epoch));
            self.deliver(user, &Delivery::Reset(position));
        }
    }
}
