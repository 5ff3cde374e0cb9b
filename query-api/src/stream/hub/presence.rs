//! Who is there: told to those who asked for it and share a room, unless one's settings hide it.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use api_kit::{Problem, Timestamp};
use event_store::Recorded;
use serde_json::json;
use time::OffsetDateTime;
use tokio::time::Instant;
use uuid::Uuid;

use super::Delivery;
use super::whisper::State;
use super::work::Work;
use crate::stream::about::{About, Noted};
use crate::stream::after::After;

/// A hub that says nothing for so long has nobody connected.
const FORGET: Duration = Duration::from_secs(95);
/// People who are told to others at once.
const AT_ONCE: usize = 500;

/// Who is there, and who wants to know.
#[derive(Default)]
pub(super) struct Presence {
    /// By person and hub, what other hubs said last.
    elsewhere: HashMap<Uuid, HashMap<Uuid, (State, Instant)>>,
    /// By whom is watched, the streams that watch them.
    watchers: HashMap<Uuid, HashSet<(Uuid, u64)>>,
    /// By stream, whom it watches.
    watched: HashMap<u64, Vec<Uuid>>,
    /// Who may be there otherwise than was told.
    changed: HashSet<Uuid>,
    /// Those of them who came, went or looked away here: other hubs are told.
    ours: HashSet<Uuid>,
    /// Who just began to watch whom, or was not told because it was not sure that they may be.
    asked: HashSet<(Uuid, Uuid)>,
    /// What others were told last.
    told: HashMap<Uuid, State>,
}

impl Presence {
    /// Somebody came, went or looked away here.
    pub(super) fn changed(&mut self, user: Uuid) {
        self.changed.insert(user);
        self.ours.insert(user);
    }

    pub(super) fn leave(&mut self, user: Uuid, stream: u64, last: bool) {
        self.watch(user, stream, vec![]);
        self.changed(user);
        if last {
            self.asked.retain(|(watcher, _)| *watcher != user);
        }
    }

    /// A stream watches these people, and no others.
    pub(super) fn watch(&mut self, user: Uuid, stream: u64, watched: Vec<Uuid>) {
        for before in self.watched.remove(&stream).unwrap_or_default() {
            if let Some(watchers) = self.watchers.get_mut(&before) {
                watchers.remove(&(user, stream));
                if watchers.is_empty() {
                    self.watchers.remove(&before);
                    self.told.remove(&before);
                }
            }
        }
        for other in &watched {
            self.watchers.entry(*other).or_default().insert((user, stream));
            self.asked.insert((user, *other));
        }
        if !watched.is_empty() {
            self.watched.insert(stream, watched);
        }
    }

    /// The streams of somebody that watch another.
    fn streams_of(&self, user: Uuid, watched: Uuid) -> HashSet<u64> {
        let watchers = self.watchers.get(&watched).into_iter().flatten();
        watchers.filter(|(watcher, _)| *watcher == user).map(|(_, stream)| *stream).collect()
    }

    /// Another hub says who is connected to it.
    pub(super) fn hear(&mut self, hub: Uuid, people: Vec<(Uuid, State)>) {
        let now = Instant::now();
        for (user, state) in people {
            self.elsewhere.entry(user).or_default().insert(hub, (state, now));
            self.changed.insert(user);
        }
    }

    /// Whether one is told of the other may have changed: whoever watches is told anew.
    fn tell_anew(&mut self, user: Uuid, of: Uuid) {
        let mut watching = self.watchers.get(&of).into_iter().flatten();
        if watching.any(|(watcher, _)| *watcher == user) {
            self.asked.insert((user, of));
        }
    }

    fn forget(&mut self) {
        for (user, hubs) in &mut self.elsewhere {
            let before = hubs.len();
            hubs.retain(|_, (state, heard)| *state != State::Offline && heard.elapsed() < FORGET);
            if hubs.len() < before {
                self.changed.insert(*user);
            }
        }
        self.elsewhere.retain(|_, hubs| !hubs.is_empty());
    }

    fn state_elsewhere(&self, user: Uuid) -> State {
        let hubs = self.elsewhere.get(&user).into_iter().flat_map(HashMap::values);
        let alive = hubs.filter(|(_, heard)| heard.elapsed() < FORGET);
        alive.map(|(state, _)| *state).max().unwrap_or(State::Offline)
    }

    /// Who is to be told of whom: of those who changed, and of those whom somebody just began to watch.
    fn due(&mut self, state: impl Fn(Uuid) -> State) -> HashSet<(Uuid, Uuid)> {
        let mut due = std::mem::take(&mut self.asked);
        for user in std::mem::take(&mut self.changed) {
            let Some(watchers) = self.watchers.get(&user) else { continue };
            let now = state(user);
            if self.told.insert(user, now) != Some(now) {
                due.extend(watchers.iter().map(|(watcher, _)| (*watcher, user)));
            }
        }
        due
    }
}

struct Row {
    watcher: Uuid,
    watched: Uuid,
    hidden: bool,
    last_seen_at: Option<OffsetDateTime>,
}

impl Work {
    /// Says to the other hubs who is connected here, and forgets those that say nothing any more.
    pub(super) async fn beat(&mut self) {
        self.whisper_people(self.people.everybody().map(|user| (user, self.people.state(user))).collect());
        self.presence.forget();
        self.tell_presence().await;
    }

    /// Whoever changes their settings may hide, or show themselves; who blocks somebody hides from them, and they from them.
    pub(super) async fn notice_who_shows(&mut self, events: &[Recorded]) {
        for event in events.iter().filter(|event| matches!(&*event.aggregate_type, "settings" | "user")) {
            let about = Noted::of(event, self.queries.store.keyring()).about;
            if let About::Settings { user } = about {
                self.presence.told.remove(&user);
                self.presence.changed(user);
            }
            if let About::Block { user, other } = about {
                self.presence.tell_anew(user, other);
                self.presence.tell_anew(other, user);
            }
        }
        self.tell_presence().await;
    }

    /// Tells whoever watches them of those who came or went.
    pub(super) async fn tell_presence(&mut self) {
        let ours = std::mem::take(&mut self.presence.ours);
        self.whisper_people(ours.into_iter().map(|user| (user, self.people.state(user))).collect());
        let people = &self.people;
        let elsewhere: HashMap<Uuid, State> =
            self.presence.changed.iter().map(|user| (*user, self.presence.state_elsewhere(*user))).collect();
        let due =
            self.presence.due(|user| people.state(user).max(elsewhere.get(&user).copied().unwrap_or(State::Offline)));
        let due: Vec<_> = due.into_iter().collect();
        for some in due.chunks(AT_ONCE) {
            match self.allowed(some).await {
                Ok((sure, doubtful)) => {
                    for row in &sure {
                        self.tell_one(row);
                    }
                    // With whatever happens next: it is not said again by itself.
                    self.presence.asked.extend(doubtful.iter().map(|row| (row.watcher, row.watched)));
                }
                Err(error) => tracing::warn!(%error, "nobody is told who is there"),
            }
        }
    }

    fn tell_one(&self, row: &Row) {
        let state = self.people.state(row.watched).max(self.presence.state_elsewhere(row.watched));
        let (state, seen) = if row.hidden { (State::Offline, None) } else { (state, row.last_seen_at) };
        let seen = seen.filter(|_| state == State::Offline).map(Timestamp::from);
        let data = json!({"user_id": row.watched, "state": state, "last_seen_at": seen});
        let text = json!({"type": "presence", "data": data}).to_string();
        let watching = self.presence.streams_of(row.watcher, row.watched);
        self.deliver_to(row.watcher, |stream| watching.contains(&stream), &Delivery::Passing(text.into()));
    }

    /// Those of these pairs who share a room now, with what is to be told. Who blocks the other, or is blocked, is hidden where
    /// they share nothing but rooms of two. Then those of whom that is not sure by what the log holds beyond the read models.
    async fn allowed(&self, pairs: &[(Uuid, Uuid)]) -> Result<(Vec<Row>, Vec<Row>), Problem> {
        let (watchers, watched): (Vec<Uuid>, Vec<Uuid>) = pairs.iter().copied().unzip();
        let mut view = self.queries.overview(self.hub.position()).await?;
        let position = view.position;
        let after = After::of(&mut view, position).await?;
        let rows = sqlx::query_as!(
            Row,
            r#"select w.watcher as "watcher!", w.watched as "watched!",
                (coalesce(s.settings->>'presence' = 'hidden', false) or exists (
                    select from read.block b
                    where b.present
                        and (b.user_id, b.blocked_id) in ((w.watcher, w.watched), (w.watched, w.watcher))
                ) and not exists (
                    select from read.membership m join read.membership n on n.room_id = m.room_id
                    join read.room r on r.id = m.room_id
                    where m.user_id = w.watcher and m.present and n.user_id = w.watched and n.present
                        and not r.closed and r.type = 'group'
                )) as "hidden!",
                seen.at as "last_seen_at?"
            from unnest($1::uuid[], $2::uuid[]) as w (watcher, watched)
            left join read.settings s on s.user_id = w.watched
            left join lateral (
                select max(o.seen_at) as at from read.session n join observed.session o on o.id = n.id
                where n.user_id = w.watched
            ) seen on true
            where exists (
                select from read.membership m join read.membership n on n.room_id = m.room_id
                join read.room r on r.id = m.room_id
                where m.user_id = w.watcher and m.present and n.user_id = w.watched and n.present and not r.closed)
                and not exists (select from keys.erased k where k.user_id = w.watched)"#,
            &watchers,
            &watched,
        )
        .fetch_all(view.connection())
        .await?;
        Ok(rows.into_iter().partition(|row| !after.may_part(row.watcher, row.watched)))
    }
}
