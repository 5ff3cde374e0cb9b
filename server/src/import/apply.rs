//! Telling the log what was read: many facts in one append, each decided by the domain.

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;

use command_api::accounts::{Accounts, EMAIL_CLAIM};
use cqrs_es::Aggregate;
use domain::id::{RoomId, UserId, derived};
use domain::imported::Origin;
use domain::membership::{Membership, MembershipCommand};
use domain::message::{Message, MessageCommand};
use domain::refusal::Refusal;
use domain::room::{NewRoom, Room, RoomChanges, RoomCommand, RoomType, Visibility};
use domain::user::{User, UserCommand};
use event_store::{ExecuteError, Request, Store, StoreError, Unit};
use futures::{StreamExt, TryStreamExt};
use sha2::{Digest, Sha256};

use super::{Dated, Fact, ImportError, Read};

/// Facts in one append: a room's history is one commit for each hundred.
const AT_ONCE: usize = 100;

/// The kind of claim that marks what was told.
const TOLD: &str = "import";

/// Rooms that are told side by side.
const ROOMS: usize = 8;

/// What an import has added.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// Facts that are new.
    pub(crate) added: usize,
    /// Facts that were on record.
    pub(crate) known: usize,
}

/// Tells the log of facts.
pub(crate) struct Importer<'a> {
    store: Store,
    accounts: Accounts,
    /// People who have an account already, under their email: the source's ids and ours.
    same: Mutex<HashMap<UserId, UserId>>,
    /// Called with how many facts were dealt with.
    progress: &'a (dyn Fn(usize) + Sync),
}

/// Why a batch was not taken.
enum NotTaken {
    Refused(Refusal),
    Store,
}

impl From<StoreError> for NotTaken {
    fn from(_: StoreError) -> Self {
        Self::Store
    }
}

impl From<Refusal> for NotTaken {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl<'a> Importer<'a> {
    pub(crate) fn new(store: Store, accounts: Accounts, progress: &'a (dyn Fn(usize) + Sync)) -> Self {
        Self { store, accounts, same: Mutex::default(), progress }
    }

    /// Tells everything: first who and where, then what happened, room by room.
    pub(crate) async fn apply(&self, read: &Read) -> Result<Applied, ImportError> {
        let mut applied = Applied::default();
        for fact in &read.beginnings {
            self.batch(std::slice::from_ref(fact), &mut applied).await?;
        }
        let rooms = futures::stream::iter(&read.rooms).map(|facts| async {
            let mut applied = Applied::default();
            for batch in facts.chunks(AT_ONCE) {
                self.batch(batch, &mut applied).await?;
            }
            Ok(applied)
        });
        let rooms = rooms.buffer_unordered(ROOMS).try_collect::<Vec<Applied>>().await?;
        for room in rooms {
            applied.added += room.added;
            applied.known += room.known;
        }
        Ok(applied)
    }

    /// Tells of some facts, all or none. First as if none were on record; if one is, each is looked up.
    async fn batch(&self, batch: &[Dated], applied: &mut Applied) -> Result<(), ImportError> {
        let Some(first) = batch.first() else { return Ok(()) };
        let name = format!("{} {}", first.origin.source, first.origin.source_id);
        let request = Request {
            command_id: derived("import", &format!("{name} {}", batch.len())),
            correlation_id: None,
            causation_id: None,
            actor_id: None,
            session_id: None,
            occurred_at: first.at,
            traceparent: None,
            receipts: vec![],
        };
        let mut result = self.tell(&request, batch, false).await;
        if let Err(ExecuteError::StreamExists) = result {
            result = self.tell(&request, batch, true).await;
        }
        match result {
            Ok(added) => {
                applied.added += added;
                applied.known += batch.len() - added;
                (self.progress)(batch.len());
                Ok(())
            }
            Err(ExecuteError::Refused(NotTaken::Refused(refusal))) => {
                Err(ImportError::Refused(name, refusal.to_string()))
            }
            Err(ExecuteError::Refused(NotTaken::Store)) => {
                Err(ImportError::Refused(name, "the log cannot be reached".to_owned()))
            }
            Err(error) => Err(ImportError::Refused(name, error.to_string())),
        }
    }

    /// How many facts of the batch are new.
    async fn tell(&self, request: &Request, batch: &[Dated], look: bool) -> Result<usize, ExecuteError<NotTaken>> {
        let done = self.store.execute(request, |unit| async move {
            let mut added = 0;
            for dated in batch {
                unit.at(dated.at);
                added += usize::from(self.fact(&unit, dated, look).await?);
            }
            Ok::<_, NotTaken>(added)
        });
        done.await.map(|done| done.value)
    }

    /// Whether the fact is new. A message is known by its id; of what changes rooms and memberships, which may change
    /// again and back, the log keeps a mark that it was told.
    async fn fact(&self, unit: &Unit, dated: &Dated, look: bool) -> Result<bool, NotTaken> {
        let imported = dated.origin.clone();
        match dated.fact.clone() {
            Fact::Message { id, room, sender, text, reply_to } => {
                let command =
                    MessageCommand::Import { room, sender: self.own(sender), text, reply_to, at: dated.at, imported };
                let id = id.to_string();
                let events = if look {
                    unit.load::<Message>(&id).await?.decide(command)?
                } else {
                    Message::default().decide(command)?
                };
                Ok(told::<Message>(unit, &id, events, Some(room)))
            }
            Fact::Edited { id, room, text } => {
                let id = id.to_string();
                let message = unit.load::<Message>(&id).await?;
                let events = message.decide(MessageCommand::ImportEdit { room, text, imported })?;
                Ok(told::<Message>(unit, &id, events, Some(room)))
            }
            Fact::Registered { user, email, display_name } => {
                self.register(unit, user, email, display_name, imported).await
            }
            Fact::RoomCreated { .. }
            | Fact::RoomRenamed { .. }
            | Fact::TopicChanged { .. }
            | Fact::Joined { .. }
            | Fact::Left { .. }
            | Fact::Archived { .. } => {
                let mark = Sha256::digest(format!("{}\n{}", imported.source, imported.source_id)).to_vec();
                if self.store.claimed(TOLD, &mark).await?.is_some() {
                    return Ok(false);
                }
                let changed = self.change(unit, dated).await;
                // Marked even if it was so already: told again later, it would undo what came after it.
                unit.claim(TOLD, mark, imported.source_id);
                match changed {
                    // What was told before a room was archived is on record, or changed nothing.
                    Err(NotTaken::Refused(Refusal::Archived)) => Ok(false),
                    changed => changed,
                }
            }
        }
    }

    /// Tells of a change of a room or a membership; whether it changed anything.
    async fn change(&self, unit: &Unit, dated: &Dated) -> Result<bool, NotTaken> {
        let imported = dated.origin.clone();
        let (room, command) = match dated.fact.clone() {
            Fact::RoomCreated { room, name, topic } => {
                let new = NewRoom {
                    room,
                    room_type: RoomType::Group,
                    visibility: Visibility::Public,
                    name: Some(name),
                    topic,
                    permissions: None,
                    created_by: None,
                    members: BTreeSet::new(),
                    imported: Some(imported),
                };
                (room, RoomCommand::Create(new))
            }
            Fact::RoomRenamed { room, name } => {
                let changes = RoomChanges { name: Some(name), ..RoomChanges::default() };
                (room, RoomCommand::Update { room, by: None, changes })
            }
            Fact::TopicChanged { room, topic } => {
                let changes = RoomChanges { topic: Some(topic), ..RoomChanges::default() };
                (room, RoomCommand::Update { room, by: None, changes })
            }
            Fact::Archived { room } => (room, RoomCommand::Archive { by: None }),
            Fact::Joined { room, user } => {
                let user = self.own(user);
                return membership(unit, room, user, MembershipCommand::ImportJoin { room, user, imported }).await;
            }
            Fact::Left { room, user } => {
                let user = self.own(user);
                return membership(unit, room, user, MembershipCommand::ImportLeave { room, user, imported }).await;
            }
            Fact::Registered { .. } | Fact::Message { .. } | Fact::Edited { .. } => return Ok(false),
        };
        let id = room.to_string();
        let events = unit.load::<Room>(&id).await?.decide(command)?;
        Ok(told::<Room>(unit, &id, events, Some(room)))
    }

    /// Makes an account that nobody can sign in to before the operator sets its password; one that has the email already
    /// stands for the person instead.
    async fn register(
        &self,
        unit: &Unit,
        user: UserId,
        email: Option<String>,
        display_name: String,
        imported: Origin,
    ) -> Result<bool, NotTaken> {
        if let Some(email) = &email {
            let digest = self.accounts.email_digest(email);
            if let Some(owner) = self.accounts.find(email).await?.filter(|owner| *owner != user) {
                self.same.lock().expect("no code panics while it holds this lock").insert(user, owner);
                return Ok(false);
            }
            unit.claim(EMAIL_CLAIM, digest.as_bytes().to_vec(), user.to_string());
        }
        let id = user.to_string();
        let command = UserCommand::Register { user, email, display_name, password: None, imported: Some(imported) };
        let events = unit.load::<User>(&id).await?.decide(command)?;
        Ok(told::<User>(unit, &id, events, None))
    }

    /// The account that stands for a person of the source.
    fn own(&self, user: UserId) -> UserId {
        self.same.lock().expect("no code panics while it holds this lock").get(&user).copied().unwrap_or(user)
    }
}

/// Appends what was decided; whether that is anything.
fn told<A: Aggregate + Clone + 'static>(unit: &Unit, id: &str, events: Vec<A::Event>, room: Option<RoomId>) -> bool {
    let new = !events.is_empty();
    unit.append::<A>(id, events, room.map(|room| room.0));
    new
}

async fn membership(unit: &Unit, room: RoomId, user: UserId, command: MembershipCommand) -> Result<bool, NotTaken> {
    let id = Membership::stream(room, user);
    let events = unit.load::<Membership>(&id).await?.decide(command)?;
    Ok(told::<Membership>(unit, &id, events, Some(room)))
}
