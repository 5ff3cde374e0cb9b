//! Ends what rooms keep for a time only: `docs/adr/0029-retention.md`.
//!
//! The read models tell which rooms there are and what stands in them, `keys.key` which months are left. What is then
//! decided is decided from the log: that the room keeps messages for no longer, and that no legal hold keeps them.

mod due;
mod held;

use std::collections::HashSet;
use std::convert::Infallible;
use std::slice;
use std::time::Duration;

use domain::file::{File, FileCommand, FileEvent};
use domain::holds::{FORWARDED_CLAIM, Holds, Kept, forwarded_with};
use domain::id::{FileId, MessageId, RoomId, UserId, derived};
use domain::message::{Message, MessageCommand, MessageEvent};
use domain::reaction::Reaction;
use domain::retention::{Expiry, Period, RetentionCommand, RetentionEvent};
use domain::room::Room;
use domain::sealed::{KeyName, Month};
use domain::user::User;
use event_store::{Request, Store, Unit};
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::time::sleep;

use crate::ReactError;
use crate::skipped::Skipped;
use due::{Due, Old};
use held::Held;

/// Files that end in one append. For each name that ends all processes forget what they have read of the log, as they
/// do for any key that is not a secret message's: so they end together.
const TOGETHER: usize = 100;

/// Pause between two rounds.
const PAUSE: Duration = Duration::from_secs(1);

/// Ends what rooms keep for a time only.
#[derive(Clone)]
pub struct Expirer {
    store: Store,
    /// May read the read models, and the names of keys.
    pool: PgPool,
}

impl Expirer {
    /// Over a pool whose role may read schemas `read` and `keys`.
    pub fn new(store: Store, pool: PgPool) -> Self {
        Self { store, pool }
    }

    /// Ends what is too old, round by round, until it is dropped. `now` tells the time.
    pub async fn run(&self, now: impl Fn() -> OffsetDateTime) -> Infallible {
        let (mut held, mut skipped) = (Held::new(), Skipped::new("retention"));
        loop {
            if let Err(error) = self.round(&mut held, &mut skipped, now()).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "what is too old does not end: trying again");
            }
            sleep(PAUSE).await;
        }
    }

    async fn round(&self, held: &mut Held, skipped: &mut Skipped, now: OffsetDateTime) -> Result<(), ReactError> {
        skipped.begin();
        let holds = self.holds(now).await?;
        held.count(&self.pool, &holds, now).await?;
        self.end_months(skipped, &holds, now).await?;
        self.end_late_files(skipped, &holds, now).await?;
        self.destroy_messages(skipped, &holds, now).await?;
        skipped.end();
        Ok(())
    }

    /// Rooms of which something cannot be ended hold up none that come after them: those are looked for without all that were
    /// seen.
    async fn end_months(&self, skipped: &mut Skipped, holds: &[Kept], now: OffsetDateTime) -> Result<(), ReactError> {
        let (mut seen, mut more) = (vec![], true);
        while std::mem::take(&mut more) {
            for due in due::keys(&self.pool, holds, &seen, now).await? {
                let room = due.id;
                let ended = self.end(due, skipped, holds, now).await;
                more |= skipped.unless(format_args!("room {room}"), ended)? != Some(true);
                seen.push(room);
            }
        }
        Ok(())
    }

    /// Messages that cannot be destroyed hold up none of other rooms.
    async fn destroy_messages(
        &self,
        skipped: &mut Skipped,
        holds: &[Kept],
        now: OffsetDateTime,
    ) -> Result<(), ReactError> {
        let (mut besides, mut more) = (vec![], true);
        while std::mem::take(&mut more) {
            for old in due::secret_messages(&self.pool, holds, &besides, now).await? {
                let destroyed = self.destroy(&old, now).await;
                if skipped.unless(format_args!("message {}", old.id), destroyed)?.is_none() {
                    besides.push(old.room_id);
                    more = true;
                }
            }
        }
        Ok(())
    }

    /// What is held, as lately seen: a hold that is newer is looked at where it counts.
    async fn holds(&self, now: OffsetDateTime) -> Result<Vec<Kept>, ReactError> {
        let request = Request::unasked(derived("expire", "look"), now);
        let done = self.store.execute(&request, |unit| async move {
            Ok::<_, ReactError>(unit.look::<Holds>(Holds::STREAM).await?.in_force().collect::<Vec<_>>())
        });
        Ok(done.await?.value)
    }

    /// Ends some months of a room: first the files that came with their messages, then the words. Whether none of it is left
    /// alone: what was said with a file that does not end stays with it, so that the file is found again.
    async fn end(
        &self,
        mut due: Due,
        skipped: &mut Skipped,
        holds: &[Kept],
        now: OffsetDateTime,
    ) -> Result<bool, ReactError> {
        let Some(keeps) = Period::of_days(due.retain_days) else { return Ok(true) };
        let end = Month::of(keeps.before(now)).start().unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let mut left = vec![];
        loop {
            let files = due::files(&self.pool, due.id, holds, &left, end).await?;
            let (is_last, left_before) = (due::is_last(&files), left.len());
            // There may be more, which are seen once the read models know that these have ended.
            if self.end_files(files, false, skipped, &mut left, now).await? {
                break;
            }
            if is_last {
                let stay: HashSet<_> = left.iter().map(|old| old.key().as_str().to_owned()).collect();
                due.keys.retain(|key| !stay.contains(key));
                self.end_words(RoomId(due.id), due.keys, now).await?;
                break;
            }
            if left.len() == left_before {
                break;
            }
        }
        Ok(left.is_empty())
    }

    /// Ends files whose words have ended before, as the read models did not know of them then.
    async fn end_late_files(
        &self,
        skipped: &mut Skipped,
        holds: &[Kept],
        now: OffsetDateTime,
    ) -> Result<(), ReactError> {
        let (mut left, mut more) = (vec![], true);
        while std::mem::take(&mut more) {
            let files = due::late_files(&self.pool, holds, &left).await?;
            let (is_last, left_before) = (due::is_last(&files), left.len());
            self.end_files(files, true, skipped, &mut left, now).await?;
            more = !is_last && left.len() > left_before;
        }
        Ok(())
    }

    /// Ends some files, which are late if their words have ended before; whether any had not. Those that cannot be ended
    /// are `left`.
    async fn end_files(
        &self,
        files: Vec<Old>,
        are_late: bool,
        skipped: &mut Skipped,
        left: &mut Vec<Old>,
        now: OffsetDateTime,
    ) -> Result<bool, ReactError> {
        let (mut files, mut ended) = (files.into_iter(), false);
        loop {
            let together: Vec<_> = files.by_ref().take(TOGETHER).collect();
            if together.is_empty() {
                return Ok(ended);
            }
            if let Ok(done) = self.end_together(&together, are_late, now).await {
                ended |= done;
                continue;
            }
            // Each by itself, so that one that cannot be ended holds up no other.
            for old in together {
                let done = self.end_together(slice::from_ref(&old), are_late, now).await;
                let file = old.file_id.unwrap_or_default();
                match skipped.unless(format_args!("file {file} of message {}", old.id), done)? {
                    Some(done) => ended |= done,
                    None => left.push(old),
                }
            }
        }
    }

    async fn end_words(&self, id: RoomId, keys: Vec<String>, now: OffsetDateTime) -> Result<(), ReactError> {
        let keys: Vec<_> = keys.into_iter().map(KeyName::stored).collect();
        let Some(first) = keys.first() else { return Ok(()) };
        let (request, stream) = (Request::unasked(derived("expire", first.as_str()), now), id.to_string());
        let (keys, stream) = (&keys, &stream);
        let done = self.store.execute(&request, |unit| async move {
            let (room, holds) = (unit.load::<Room>(stream).await?, unit.load::<Holds>(Holds::STREAM).await?);
            let expiry = unit.load_last::<Expiry>(stream).await?;
            let forwarded = self.forwarded_by_held(id, keys, &holds).await?;
            let (keys, holds) = (keys.clone(), Holds::clone(&holds));
            let command =
                RetentionCommand::Expire { room: id, keeps: room.retain_for, keys, holds, forwarded, at: now };
            let events = expiry.decide(command)?;
            for RetentionEvent::MessagesExpired { erasure, .. } in &events {
                erasure.keys.iter().for_each(|key| unit.destroy_key(key.as_str()));
            }
            let ended = !events.is_empty();
            unit.append::<Expiry>(stream, events, Some(id.0));
            Ok::<_, ReactError>(ended)
        });
        if done.await?.value {
            tracing::info!(room.id = %id, keys = keys.len(), "messages ended that the room keeps no longer");
        }
        Ok(())
    }

    /// Which keys of a room seal what somebody forwarded of whom something is held there. Of a month that is over nobody
    /// forwards more, so that no guard is needed.
    async fn forwarded_by_held(
        &self,
        room: RoomId,
        keys: &[KeyName],
        holds: &Holds,
    ) -> Result<Vec<KeyName>, ReactError> {
        let mut forwarded = vec![];
        for user in holds.people_in(room) {
            let digests: Vec<_> = keys.iter().map(|key| forwarded_with(user, key)).collect();
            let there = self.store.claimed_of(FORWARDED_CLAIM, &digests).await?;
            let theirs = keys.iter().zip(&digests).filter(|(_, digest)| there.contains(*digest));
            forwarded.extend(theirs.map(|(key, _)| key.clone()));
        }
        Ok(forwarded)
    }

    /// Takes files from the rooms that their messages stood in, all or none; whether anything changed. Those that are
    /// late end whatever the room keeps by now.
    async fn end_together(&self, files: &[Old], are_late: bool, now: OffsetDateTime) -> Result<bool, ReactError> {
        let names: Vec<_> = files.iter().map(|old| format!("{}:{}", old.id, old.file_id.unwrap_or_default())).collect();
        let request = Request::unasked(derived("expire-file", &names.join(",")), now);
        let done = self.store.execute(&request, |unit| async move {
            let mut ended = false;
            for old in files {
                let Some(file) = old.file_id.map(FileId) else { continue };
                let month = Month::of(old.sent_at);
                let over = |keeps: Option<Period>| are_late || keeps.is_some_and(|keeps| keeps.is_over(month, now));
                if is_too_old(&unit, old, over).await? {
                    ended |= end_file(&unit, old, file).await?;
                }
            }
            Ok::<_, ReactError>(ended)
        });
        Ok(done.await?.value)
    }

    /// Destroys a message of a secret room with its files, and with what people reacted with, unless that is held.
    async fn destroy(&self, old: &Old, now: OffsetDateTime) -> Result<(), ReactError> {
        let id = MessageId(old.id);
        let request = Request::unasked(derived("expire-message", &id.to_string()), now);
        let done = self.store.execute(&request, |unit| async move {
            let over = |keeps: Option<Period>| keeps.is_some_and(|keeps| old.sent_at < keeps.before(now));
            if !is_too_old(&unit, old, over).await? {
                return Ok(());
            }
            let stream = id.to_string();
            let message = unit.load::<Message>(&stream).await?;
            let (room, reactions) = (RoomId(old.room_id), reactions(&unit, old).await?);
            let holds = unit.load::<Holds>(Holds::STREAM).await?;
            if reactions.iter().filter_map(KeyName::author).any(|user| holds.let_go(user, room).is_err()) {
                return Ok(());
            }
            let events = message.decide(MessageCommand::Expire { room, reactions })?;
            if let [MessageEvent::MessageDeleted { erasure: Some(erasure), .. }] = events.as_slice() {
                erasure.keys.iter().for_each(|key| unit.destroy_key(key.as_str()));
                for file in &message.files {
                    end_file(&unit, old, *file).await?;
                }
            }
            unit.append::<Message>(&stream, events, Some(old.room_id));
            Ok::<_, ReactError>(())
        });
        done.await?;
        Ok(())
    }
}

/// Whether the log says so too, with guards: that the room keeps it no longer, and that nothing is held of it.
async fn is_too_old(unit: &Unit, old: &Old, over: impl Fn(Option<Period>) -> bool) -> Result<bool, ReactError> {
    let room = RoomId(old.room_id);
    let keeps = unit.load::<Room>(&room.to_string()).await?.retain_for;
    let holds = unit.load::<Holds>(Holds::STREAM).await?;
    let held = [old.author_id, old.sender_id].into_iter().any(|user| holds.let_go(UserId(user), room).is_err());
    Ok(over(keeps) && !held)
}

/// The keys of what people reacted with to a message of a secret room. Their streams are guards.
async fn reactions(unit: &Unit, old: &Old) -> Result<Vec<KeyName>, ReactError> {
    let room = unit.load::<Room>(&RoomId(old.room_id).to_string()).await?;
    let mut keys = vec![];
    for member in &room.members {
        let reaction = unit.load::<Reaction>(&Reaction::stream(MessageId(old.id), *member)).await?;
        keys.extend(reaction.key.clone());
    }
    Ok(keys)
}

/// Whether anything changed. What ends loses its name in the log too; what is held elsewhere, or is somebody's picture,
/// keeps it, and its bytes.
async fn end_file(unit: &Unit, old: &Old, id: FileId) -> Result<bool, ReactError> {
    let (file, holds) = (unit.load::<File>(&id.to_string()).await?, unit.load::<Holds>(Holds::STREAM).await?);
    let pictures = match file.owner_id {
        Some(owner) => unit.load::<User>(&owner.to_string()).await?.avatar == Some(id),
        None => false,
    };
    let (room, message, kept) = (RoomId(old.room_id), MessageId(old.id), pictures || holds.let_file_go(&file).is_err());
    let events = file.decide(FileCommand::Expire { room, message, kept })?;
    let ended = !events.is_empty();
    if let Some(FileEvent::FileDeleted { erasure: Some(erasure), .. }) = events.last() {
        erasure.keys.iter().for_each(|key| unit.destroy_key(key.as_str()));
    }
    unit.append::<File>(&id.to_string(), events, Some(room.0));
    Ok(ended)
}
