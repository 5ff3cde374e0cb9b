//! Telling the log what was read: many facts in one append, each decided by the domain.

mod change;
mod file;
mod known;
mod lanes;
mod register;
mod tell;
mod turn;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard};

use api_kit::Context;
use command_api::accounts::Accounts;
use domain::id::{RoomId, UserId};
use domain::refusal::Refusal;
use event_store::{ExecuteError, Request, Store, StoreError};
use futures::{StreamExt, stream};

use super::{Dated, Export, Fact, ImportError, Read};
pub(crate) use file::Keeping;
use file::NotKept;
use known::Known;
use register::Apart;
use turn::Turn;

/// Facts in one append: a room's history is one commit for so many.
const AT_ONCE: usize = 200;

/// Attempts at a batch, while others begin streams that were not there when it was looked.
const ATTEMPTS: usize = 5;

/// Kind of the claims on people of a source: owned by the account that stands for them, which was there before.
const PERSON_CLAIM: &str = "imported_person";

/// What an import has added.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// Facts that are new.
    pub(crate) added: usize,
    /// Facts that were on record, or that are of no effect by now.
    pub(crate) known: usize,
}

/// Tells the log of facts.
pub(crate) struct Importer<'a> {
    store: Store,
    accounts: Accounts,
    context: Context,
    /// Where files' bytes go; none if they are not imported.
    keeping: Option<Keeping>,
    /// People who have an account already, under an email that is known to be theirs: the source's ids and ours.
    same: Mutex<HashMap<UserId, UserId>>,
    /// Those of them of whom that is not on record yet, for the next time: by then they may have another email, or be erased.
    unrecorded: Mutex<HashMap<UserId, UserId>>,
    /// Dialogs of such people: the ids that the source's people would have, and ours.
    dialogs: Mutex<HashMap<RoomId, RoomId>>,
    /// Dialogs, as the source has them, that are not made, since one of the two was erased: nothing of them is told.
    untold: Mutex<HashSet<RoomId>>,
    /// People who have an account of their own, though another has their email.
    apart: Mutex<BTreeMap<UserId, Apart>>,
    /// Called with how many facts were dealt with.
    progress: &'a (dyn Fn(usize) + Sync),
}

/// Why a batch was not taken.
enum NotTaken {
    Refused(Refusal),
    Bytes(NotKept),
    Store,
}

impl From<NotKept> for NotTaken {
    fn from(error: NotKept) -> Self {
        Self::Bytes(error)
    }
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

impl std::ops::AddAssign for Applied {
    fn add_assign(&mut self, other: Self) {
        self.added += other.added;
        self.known += other.known;
    }
}

impl<'a> Importer<'a> {
    pub(crate) fn new(
        store: Store,
        accounts: Accounts,
        context: Context,
        progress: &'a (dyn Fn(usize) + Sync),
    ) -> Self {
        let (same, unrecorded, dialogs, untold, apart) = Default::default();
        Self { store, accounts, context, keeping: None, same, unrecorded, dialogs, untold, apart, progress }
    }

    /// The same, with files' bytes.
    pub(crate) fn with_files(self, keeping: Option<Keeping>) -> Self {
        Self { keeping, ..self }
    }

    /// Whom it did not take for the account here that has their email, so far.
    pub(crate) fn kept_apart(&self) -> Vec<Apart> {
        self.apart().values().cloned().collect()
    }

    /// Tells everything: first who and where, then what happened, room by room.
    pub(crate) async fn apply(&self, read: &Read) -> Result<Applied, ImportError> {
        let mut applied = self.in_order(read.beginnings.iter().cloned()).await?;
        let rooms = read.rooms.iter().map(|facts| stream::iter(facts.chunks(AT_ONCE)).map(<[Dated]>::to_vec));
        applied += self.side_by_side(rooms).await?;
        Ok(applied)
    }

    /// Tells everything of an export that is read meanwhile.
    pub(crate) async fn whole(&self, export: &mut Export) -> Result<Applied, ImportError> {
        let mut applied = self.in_order(export.beginnings()).await?;
        applied += self.streamed(export).await?;
        applied += self.in_order(export.endings()).await?;
        Ok(applied)
    }

    /// Tells facts one after the other.
    async fn in_order(&self, facts: impl IntoIterator<Item = Dated>) -> Result<Applied, ImportError> {
        let mut facts = facts.into_iter();
        let batches = std::iter::from_fn(|| Some(facts.by_ref().take(AT_ONCE).collect::<Vec<_>>()));
        self.lane(stream::iter(batches.take_while(|batch| !batch.is_empty()))).await
    }

    /// Tells of some facts, all at once, when it is their turn; of those that cannot be told, if one spoils the others,
    /// without it.
    async fn batch(&self, batch: &[Dated], turn: &Turn) -> Result<Applied, ImportError> {
        turn.decide().await;
        let (mut applied, mut parts) = (Applied::default(), vec![batch]);
        while let Some(part) = parts.pop() {
            let Some(first) = part.first() else { continue };
            match self.tell(part, turn).await {
                Ok(added) => {
                    applied.added += added;
                    applied.known += part.len() - added;
                }
                Err(ExecuteError::KeyDestroyed | ExecuteError::ClaimTaken(_)) if part.len() > 1 => {
                    let (before, after) = part.split_at(part.len() / 2);
                    parts.extend([after, before]);
                    continue;
                }
                // Of who was erased nothing new is told.
                Err(ExecuteError::KeyDestroyed) => applied.known += 1,
                Err(error) => {
                    let why = match &error {
                        ExecuteError::Refused(NotTaken::Refused(refusal)) => refusal.to_string(),
                        ExecuteError::Refused(NotTaken::Bytes(error)) => error.to_string(),
                        ExecuteError::Refused(NotTaken::Store) => "the log cannot be reached".to_owned(),
                        ExecuteError::ReceiptReused(_)
                        | ExecuteError::ClaimTaken(_)
                        | ExecuteError::StreamExists
                        | ExecuteError::KeyDestroyed
                        | ExecuteError::Busy
                        | ExecuteError::Unavailable
                        | ExecuteError::OutOfSpace
                        | ExecuteError::Bug(_) => error.to_string(),
                    };
                    let name = format!("{} {}", first.origin.source, first.origin.source_id);
                    return Err(ImportError::Refused(name, why));
                }
            }
            (self.progress)(part.len());
        }
        Ok(applied)
    }

    /// How many facts of the batch are new.
    async fn tell(&self, batch: &[Dated], turn: &Turn) -> Result<usize, ExecuteError<NotTaken>> {
        let told = self.tell_until_taken(batch, turn).await;
        if let Some(keeping) = &self.keeping {
            keeping.forget(batch).await;
        }
        told
    }

    async fn tell_until_taken(&self, batch: &[Dated], turn: &Turn) -> Result<usize, ExecuteError<NotTaken>> {
        let request = Request::unasked(self.context.new_id(), self.context.now());
        for _ in 1..ATTEMPTS {
            match self.tell_once(&request, batch, turn).await {
                Err(ExecuteError::StreamExists) => {} // it was begun since we looked
                result => return result,
            }
        }
        self.tell_once(&request, batch, turn).await
    }

    async fn tell_once(
        &self,
        request: &Request,
        batch: &[Dated],
        turn: &Turn,
    ) -> Result<usize, ExecuteError<NotTaken>> {
        let known = Known::of(self, batch).await.map_err(|error| ExecuteError::Refused(error.into()))?;
        let (known, unrecorded) = (&known, &self.unrecorded().clone());
        let done = self.store.execute(request, |unit| async move {
            self.take_in(&unit, batch, known).await?;
            let mut added = 0;
            for dated in batch {
                unit.at(dated.at);
                added += usize::from(self.fact(&unit, dated, known).await?);
            }
            for (user, owner) in unrecorded {
                unit.claim(PERSON_CLAIM, user.0.as_bytes().to_vec(), owner.to_string());
            }
            turn.append().await;
            Ok::<_, NotTaken>(added)
        });
        let added = done.await?.value;
        if added > 0 {
            self.unrecorded().retain(|user, _| !unrecorded.contains_key(user));
        }
        Ok(added)
    }

    /// The account that an earlier import took for a person of the source.
    async fn recorded(&self, user: UserId) -> Result<Option<UserId>, StoreError> {
        let owner = self.store.claimed(PERSON_CLAIM, user.0.as_bytes()).await?;
        Ok(owner.and_then(|owner| owner.parse().ok()).map(UserId))
    }

    fn unrecorded(&self) -> MutexGuard<'_, HashMap<UserId, UserId>> {
        self.unrecorded.lock().expect("no code panics while it holds this lock")
    }

    fn same(&self) -> MutexGuard<'_, HashMap<UserId, UserId>> {
        self.same.lock().expect("no code panics while it holds this lock")
    }

    fn dialogs(&self) -> MutexGuard<'_, HashMap<RoomId, RoomId>> {
        self.dialogs.lock().expect("no code panics while it holds this lock")
    }

    fn untold(&self) -> MutexGuard<'_, HashSet<RoomId>> {
        self.untold.lock().expect("no code panics while it holds this lock")
    }

    fn apart(&self) -> MutexGuard<'_, BTreeMap<UserId, Apart>> {
        self.apart.lock().expect("no code panics while it holds this lock")
    }

    /// Whether a fact is of a dialog that is not made.
    fn is_untold(&self, fact: &Fact) -> bool {
        fact.room().is_some_and(|room| self.untold().contains(&room))
    }

    /// The account that stands for a person of the source.
    fn own(&self, user: UserId) -> UserId {
        self.same().get(&user).copied().unwrap_or(user)
    }

    /// The room that stands for a room of the source.
    fn here(&self, room: RoomId) -> RoomId {
        self.dialogs().get(&room).copied().unwrap_or(room)
    }
}
