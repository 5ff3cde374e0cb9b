//! A fact as commands: what was said, and of whom.

use cqrs_es::Aggregate;
use domain::id::{RoomId, UserId};
use domain::message::{Message, MessageCommand, Names};
use domain::reaction::{Reaction, ReactionCommand, Target};
use domain::refusal::Refusal;
use domain::user::User;
use event_store::{Loaded, Unit};

use super::super::{Dated, Fact};
use super::known::Known;
use super::{Importer, NotTaken};

impl Importer<'_> {
    /// Whether the fact is new. A message is known by its id, a reaction and a pin by having been there; of what changes
    /// rooms and memberships, which may change again and back, the log keeps a mark that it was told.
    pub(super) async fn fact(&self, unit: &Unit, dated: &Dated, known: &Known) -> Result<bool, NotTaken> {
        if self.is_untold(&dated.fact) {
            return Ok(false);
        }
        match self.decided(unit, dated, known).await {
            Err(NotTaken::Refused(refusal)) if is_moot(&refusal) => Ok(false),
            decided => decided,
        }
    }

    async fn decided(&self, unit: &Unit, dated: &Dated, known: &Known) -> Result<bool, NotTaken> {
        let imported = dated.origin.clone();
        match dated.fact.clone() {
            fact @ Fact::Registered { .. } => self.register(unit, fact, imported, known).await,
            fact @ Fact::File { .. } => self.import_file(unit, fact, imported, known).await,
            Fact::Message { id: message, room, sender, text, names, reply_to, files } => {
                let id = message.to_string();
                if known.is_there::<Message>(&id) {
                    return Ok(false);
                }
                let (room, sender, names, at) = (self.here(room), self.own(sender), self.mentions(names), dated.at);
                let files = self.send(unit, files, room, message).await?;
                let command = MessageCommand::Import { room, sender, text, names, reply_to, files, at, imported };
                let events = unit.begun::<Message>(&id)?.decide(command)?;
                Ok(told::<Message>(unit, &id, events, Some(room)))
            }
            Fact::Edited { id, room, text, names } => {
                let (id, room, names) = (id.to_string(), self.here(room), self.mentions(names));
                let message = state::<Message>(unit, known, &id).await?;
                let events = message.decide(MessageCommand::ImportEdit { room, text, names, imported })?;
                Ok(told::<Message>(unit, &id, events, Some(room)))
            }
            Fact::Pinned { id, room, user } => {
                let (id, room, user) = (id.to_string(), self.here(room), self.own(user));
                let message = state::<Message>(unit, known, &id).await?;
                let events = message.decide(MessageCommand::ImportPin { room, user, imported })?;
                if !events.is_empty() && any_erased(unit, &[user]).await? {
                    return Ok(false);
                }
                Ok(told::<Message>(unit, &id, events, Some(room)))
            }
            Fact::Reacted { id, room, user, emoji } => {
                let (room, user) = (self.here(room), self.own(user));
                let stream = Reaction::stream(id, user);
                let reaction = state::<Reaction>(unit, known, &stream).await?;
                let message = state::<Message>(unit, known, &id.to_string()).await?;
                let target = Target::of(room, id, &message);
                let command = ReactionCommand::ImportAdd { target, user, emoji, at: dated.at, imported };
                let events = reaction.decide(command)?;
                Ok(told::<Reaction>(unit, &stream, events, Some(room)))
            }
            Fact::RoomCreated { .. }
            | Fact::RoomRenamed { .. }
            | Fact::TopicChanged { .. }
            | Fact::ModeratorsMade { .. }
            | Fact::MadeModerator { .. }
            | Fact::Joined { .. }
            | Fact::Left { .. }
            | Fact::Preferred { .. }
            | Fact::Archived { .. }
            | Fact::Unarchived { .. } => self.change(unit, dated, known).await,
        }
    }

    fn mentions(&self, names: Names) -> Names {
        names.into_iter().map(|(name, user)| (name, self.own(user))).collect()
    }
}

/// Whether a refusal says that a fact is of no effect any more: what it is about was deleted, archived, closed or changed as
/// often as may be here since an earlier import told of it, or whoever it is about is no longer who they were.
fn is_moot(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::NotFound
            | Refusal::NotAMember
            | Refusal::Lacks(_)
            | Refusal::Outranked
            | Refusal::Archived
            | Refusal::MessageDeleted
            | Refusal::LimitReached { .. }
    )
}

/// A stream as it stands: read only if it was there.
pub(super) async fn state<A: Aggregate + 'static>(unit: &Unit, known: &Known, id: &str) -> Result<Loaded<A>, NotTaken> {
    Ok(if known.is_there::<A>(id) { unit.load::<A>(id).await? } else { unit.begun::<A>(id)? })
}

/// Whether anybody of these was erased: nothing new is told of them. What is sealed with a key of theirs is refused by the
/// append itself; what holds nothing that is sealed asks here, and is guarded by their accounts.
pub(super) async fn any_erased(unit: &Unit, users: &[UserId]) -> Result<bool, NotTaken> {
    for user in users {
        if unit.load::<User>(&user.to_string()).await?.erased {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Appends what was decided; whether that is anything.
pub(super) fn told<A: Aggregate + Clone + 'static>(
    unit: &Unit,
    id: &str,
    events: Vec<A::Event>,
    room: Option<RoomId>,
) -> bool {
    let new = !events.is_empty();
    unit.append::<A>(id, events, room.map(|room| room.0));
    new
}
