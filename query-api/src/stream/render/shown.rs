//! Everything that some events are about, as it is now.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};
use uuid::Uuid;

use super::files::{self, SeenFile};
use super::for_nobody;
use super::people::{self, Accounts};
use super::rooms::{self, Reading};
use crate::asking::{Interrupted, View};
use crate::calls::list_calls;
use crate::messages;
use crate::rooms::details;
use crate::stream::about::{About, Grantee, Noted};
use crate::stream::seat::Pair;

/// Everything that some events are about, as it is now, by id.
#[derive(Default)]
pub(super) struct Shown {
    pub(super) as_of: i64,
    pub(super) messages: HashMap<Uuid, Value>,
    /// What somebody chose, by message and person; of what is sealed, and of who is erased, nothing.
    pub(super) reactions: HashMap<(Uuid, Uuid), Vec<String>>,
    pub(super) readings: HashMap<Pair, Reading>,
    pub(super) rooms: HashMap<Uuid, Value>,
    pub(super) members: HashMap<Pair, Value>,
    /// As their owners see them.
    pub(super) memberships: HashMap<Pair, Value>,
    pub(super) invites: HashMap<Uuid, Value>,
    pub(super) calls: HashMap<Uuid, Value>,
    pub(super) accounts: Accounts,
    /// Where somebody is a member or, erased, had written.
    pub(super) rooms_of: HashMap<Uuid, Vec<Uuid>>,
    pub(super) settings: HashMap<Uuid, Value>,
    pub(super) sessions: HashMap<Uuid, (Uuid, Value)>,
    /// All that are alive, by whose they are.
    pub(super) sessions_of: HashMap<Uuid, Vec<Value>>,
    pub(super) blocks: HashMap<(Uuid, Uuid), Value>,
    pub(super) files: HashMap<Uuid, SeenFile>,
}

/// The ids of what some events are about.
#[derive(Default)]
struct Wanted {
    messages: BTreeSet<Uuid>,
    reactions: BTreeSet<(Uuid, Uuid)>,
    rooms: BTreeSet<Uuid>,
    members: BTreeSet<Pair>,
    keeping: BTreeSet<Pair>,
    invites: BTreeSet<Uuid>,
    calls: BTreeSet<Uuid>,
    accounts: BTreeSet<Uuid>,
    sharing: BTreeSet<Uuid>,
    erased: BTreeSet<Uuid>,
    settings: BTreeSet<Uuid>,
    sessions: BTreeSet<Uuid>,
    sessions_of: BTreeSet<Uuid>,
    blocks: BTreeSet<(Uuid, Uuid)>,
    files: BTreeSet<Uuid>,
}

impl Wanted {
    fn want(&mut self, event: &Noted) {
        match event.about {
            About::Message { message, .. } => {
                self.messages.extend([message, event.notice]);
            }
            About::Reaction { message, user, .. } => {
                self.messages.insert(message);
                self.reactions.insert((message, user));
            }
            About::Coming { room, user } | About::Going { room, user } => {
                self.messages.insert(event.notice);
                self.rooms.insert(room);
                self.members.insert((room, user));
            }
            About::Roles { room, user } => {
                self.members.insert((room, user));
            }
            About::Keeping { room, user } => {
                self.keeping.insert((room, user));
            }
            About::Room { room } => {
                self.messages.insert(event.notice);
                self.rooms.insert(room);
            }
            About::Invite { code, .. } => {
                self.invites.insert(code);
            }
            About::Call { call, .. } => {
                self.messages.insert(event.notice);
                self.calls.insert(call);
            }
            About::Account { user } => {
                self.accounts.insert(user);
                self.sharing.insert(user);
            }
            About::Own { user } => {
                self.accounts.insert(user);
            }
            About::Erased { user } => {
                self.sharing.insert(user);
                self.erased.insert(user);
            }
            About::Settings { user } => {
                self.settings.insert(user);
            }
            About::Session { session } => {
                self.sessions.insert(session);
            }
            About::Sessions { user } => {
                self.sessions_of.insert(user);
            }
            About::Block { user, other } => {
                self.blocks.insert((user, other));
            }
            About::File { file } | About::FileGone { file } => {
                self.files.insert(file);
            }
            About::Grant { file, to, message } => {
                self.files.insert(file);
                if let (Grantee::Room(_), Some(message)) = (to, message) {
                    self.messages.insert(message);
                }
            }
            About::Reading { .. }
            | About::Ban { .. }
            | About::Closed { .. }
            | About::Expired { .. }
            | About::Nothing => {}
        }
    }
}

fn list<T: Copy>(ids: &BTreeSet<T>) -> Vec<T> {
    ids.iter().copied().collect()
}

impl Shown {
    pub(super) async fn of(view: &mut View, events: &[Noted]) -> Result<Self, Interrupted> {
        let mut wanted = Wanted::default();
        for event in events {
            wanted.want(event);
        }
        let mut shown = Self { as_of: view.position, ..Self::default() };
        for message in messages::these(view, &list(&wanted.messages)).await? {
            shown.messages.insert(message.id, for_nobody(message)?);
        }
        if !wanted.rooms.is_empty() {
            for room in details(view, &list(&wanted.rooms)).await? {
                shown.rooms.insert(room.id, for_nobody(room)?);
            }
        }
        shown.readings = rooms::readings(view, events).await?;
        shown.reactions = rooms::reactions(view, &list(&wanted.reactions)).await?;
        shown.members = rooms::members(view, &list(&wanted.members)).await?;
        shown.memberships = rooms::memberships(view, &list(&wanted.keeping)).await?;
        shown.invites = rooms::invites(view, &list(&wanted.invites)).await?;
        if !wanted.calls.is_empty() {
            for call in list_calls::these(view, &list(&wanted.calls)).await? {
                shown.calls.insert(call.id, for_nobody(call)?);
            }
        }
        shown.accounts = people::accounts(view, &list(&wanted.accounts)).await?;
        shown.rooms_of = people::rooms_of(view, &list(&wanted.sharing), &list(&wanted.erased)).await?;
        shown.settings = people::settings(view, &list(&wanted.settings)).await?;
        shown.sessions = people::sessions(view, &list(&wanted.sessions)).await?;
        shown.sessions_of = people::sessions_of(view, &list(&wanted.sessions_of)).await?;
        shown.blocks = people::blocks(view, &list(&wanted.blocks)).await?;
        shown.files = files::files(view, &list(&wanted.files)).await?;
        Ok(shown)
    }

    /// A member as others see them; of who is none any more, the id.
    pub(super) fn member(&self, room: Uuid, user: Uuid) -> Value {
        self.members.get(&(room, user)).cloned().unwrap_or_else(|| json!({"user_id": user}))
    }
}
