//! What a command wants appended, and the one statement that appends a group of them.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};

use foldhash::fast::RandomState;
use sqlx::postgres::PgConnection;
use sqlx::{PgPool, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::committer::Known;
use crate::keyring::KeyUse;
use crate::stream::Stream;

/// All that one command wants written, and what must hold for it.
#[derive(Default)]
pub(crate) struct Append {
    /// The history in which it was decided; see `Timeline`.
    pub(crate) timeline: u64,
    /// Streams that were decided from or are written, with the sequence they must still have.
    pub(crate) guards: Vec<(Stream, i64)>,
    /// Never empty.
    pub(crate) events: Vec<NewEvent>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) keys: Vec<KeyUse>,
    pub(crate) destroyed_keys: Vec<String>,
    pub(crate) receipts: Vec<NewReceipt>,
}

/// An event that has no position yet.
pub(crate) struct NewEvent {
    pub(crate) stream: Stream,
    pub(crate) sequence: i64,
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    /// Canonical JSON, sealed.
    pub(crate) payload: String,
    /// Canonical JSON.
    pub(crate) metadata: String,
    pub(crate) event_id: Uuid,
}

/// Something unique that is taken or given back, such as an email address.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) kind: &'static str,
    pub(crate) digest: Vec<u8>,
    pub(crate) owner: String,
    pub(crate) take: bool,
}

/// The receipt of a request that may come again.
pub(crate) struct NewReceipt {
    pub(crate) scope: String,
    pub(crate) key: String,
    pub(crate) mac: Vec<u8>,
    /// JSON from which the answer is rendered again.
    pub(crate) answer: String,
}

impl Append {
    /// Bytes that it sends to the database, roughly.
    pub(crate) fn size(&self) -> usize {
        self.events.iter().map(|event| event.payload.len() + event.metadata.len() + 256).sum()
    }
}

/// What became of a command of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Appended {
        first_position: i64,
        recorded_at: OffsetDateTime,
    },
    /// A guarded stream has another sequence by now.
    Moved,
    /// A claim belongs to somebody else.
    ClaimTaken,
    /// A key is destroyed, or another is on record by its name, as another process has made it first.
    KeyChanged,
    /// The same request was accepted before.
    ReceiptThere,
}

/// Keeps the receipts of a command that changed nothing, and was decided at `position`; false if one of them was there.
///
/// Under the lock of those who append: an append looks for receipts before it writes its own.
pub(crate) async fn keep(pool: &PgPool, receipts: &[NewReceipt], position: i64) -> Result<bool, sqlx::Error> {
    let column = |of: fn(&NewReceipt) -> &str| receipts.iter().map(of).collect::<Vec<_>>();
    let kept = sqlx::query(
        "with held as (select from log.head where position >= $5 for update) \
         insert into log.receipts (scope, key, mac, answer, position) \
         select r.scope, r.key, r.mac, r.answer::json, $5 \
         from held, unnest($1::text[], $2::text[], $3::bytea[], $4::text[]) r (scope, key, mac, answer) \
         on conflict do nothing",
    )
    .bind(column(|receipt| &receipt.scope))
    .bind(column(|receipt| &receipt.key))
    .bind(receipts.iter().map(|receipt| &*receipt.mac).collect::<Vec<_>>())
    .bind(column(|receipt| &receipt.answer))
    .bind(position)
    .execute(pool)
    .await?;
    Ok(kept.rows_affected() == receipts.len() as u64)
}

/// Runs `log.append` for a group. An error says nothing of whether it committed. What is `known` is looked at only if the
/// log has gone on without us, and not even told the log as long as it does not seem to.
pub(crate) async fn append(
    connection: &mut PgConnection,
    epoch: i32,
    group: &[&Append],
    known: &Known,
) -> Result<Vec<Status>, sqlx::Error> {
    if known.is_alone()
        && let Some(statuses) = call(connection, epoch, group, known, Telling::WhatIsNotKnown).await?
    {
        return Ok(statuses);
    }
    let told = call(connection, epoch, group, known, Telling::All).await?;
    told.ok_or_else(|| sqlx::Error::Protocol("log.append has left out a group that was told whole".to_owned()))
}

/// What guards and keys the log is told of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Telling {
    All,
    /// Then the log must be where it is known.
    WhatIsNotKnown,
}

/// Calls the procedure. None if nothing was done, as it must know all.
async fn call(
    connection: &mut PgConnection,
    epoch: i32,
    group: &[&Append],
    known: &Known,
    telling: Telling,
) -> Result<Option<Vec<Status>>, sqlx::Error> {
    let columns = Columns::of(group, known, telling);
    // No transaction around it: the procedure commits by itself. The parameters stand in the procedure's order.
    let row = sqlx::query(
        "call log.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
         $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, null, null)",
    )
    .bind(epoch)
    .bind(known.position)
    .bind(columns.guards_known)
    .bind(columns.keys_known)
    .bind(columns.guard_type)
    .bind(columns.guard_id)
    .bind(columns.guard_sequence)
    .bind(columns.guard_use_command)
    .bind(columns.guard_use_guard)
    .bind(columns.claim_command)
    .bind(columns.claim_kind)
    .bind(columns.claim_digest)
    .bind(columns.claim_owner)
    .bind(columns.claim_take)
    .bind(columns.key_name)
    .bind(columns.key_wrapped)
    .bind(columns.key_master_version)
    .bind(columns.key_use_command)
    .bind(columns.key_use_key)
    .bind(columns.destroy_command)
    .bind(columns.destroy_name)
    .bind(columns.receipt_command)
    .bind(columns.receipt_scope)
    .bind(columns.receipt_key)
    .bind(columns.receipt_mac)
    .bind(columns.receipt_answer)
    .bind(columns.event_command)
    .bind(columns.event_aggregate_type)
    .bind(columns.event_aggregate_id)
    .bind(columns.event_sequence)
    .bind(columns.event_event_type)
    .bind(columns.event_event_version)
    .bind(columns.event_payload)
    .bind(columns.event_metadata)
    .bind(columns.event_event_id)
    .bind(vec![0_i32; group.len()])
    .fetch_one(&mut *connection)
    .await?;
    let statuses = row.try_get::<Vec<i32>, _>(0)?;
    let mut position = row.try_get::<i64, _>(1)?;
    if position == 0 {
        return Ok(None);
    }
    let recorded_at = row.try_get::<OffsetDateTime, _>(2)?;
    let verdicts = group.iter().zip(statuses).map(|(command, status)| match status {
        0 => {
            let first_position = position;
            position += i64::try_from(command.events.len()).expect("a group is small");
            Status::Appended { first_position, recorded_at }
        }
        1 => Status::Moved,
        2 => Status::ClaimTaken,
        3 => Status::KeyChanged,
        _ => Status::ReceiptThere,
    });
    Ok(Some(verdicts.collect()))
}

/// Where a command's first event stands, if it is on record: what an unanswered append left behind.
pub(crate) async fn find(connection: &mut PgConnection, append: &Append) -> Result<Option<Status>, sqlx::Error> {
    let first = &append.events[0];
    let found = sqlx::query_as::<_, (i64, OffsetDateTime)>(
        "select position, recorded_at from log.events \
         where aggregate_type = $1 and aggregate_id = $2 and sequence = $3 and event_id = $4",
    )
    .bind(first.stream.kind)
    .bind(&*first.stream.id)
    .bind(first.sequence)
    .bind(first.event_id)
    .fetch_optional(&mut *connection)
    .await?;
    Ok(found.map(|(first_position, recorded_at)| Status::Appended { first_position, recorded_at }))
}

/// The parameters of `log.append`, a vector each.
#[derive(Default)]
struct Columns<'a> {
    guards_known: i32,
    keys_known: i32,
    guard_type: Vec<&'a str>,
    guard_id: Vec<&'a str>,
    guard_sequence: Vec<i64>,
    guard_use_command: Vec<i32>,
    guard_use_guard: Vec<i32>,
    claim_command: Vec<i32>,
    claim_kind: Vec<&'a str>,
    claim_digest: Vec<&'a [u8]>,
    claim_owner: Vec<&'a str>,
    claim_take: Vec<bool>,
    key_name: Vec<&'a str>,
    key_wrapped: Vec<Option<&'a [u8]>>,
    key_master_version: Vec<Option<i32>>,
    key_use_command: Vec<i32>,
    key_use_key: Vec<i32>,
    destroy_command: Vec<i32>,
    destroy_name: Vec<&'a str>,
    receipt_command: Vec<i32>,
    receipt_scope: Vec<&'a str>,
    receipt_key: Vec<&'a str>,
    receipt_mac: Vec<&'a [u8]>,
    receipt_answer: Vec<&'a str>,
    event_command: Vec<i32>,
    event_aggregate_type: Vec<&'a str>,
    event_aggregate_id: Vec<&'a str>,
    event_sequence: Vec<i64>,
    event_event_type: Vec<&'a str>,
    event_event_version: Vec<&'a str>,
    event_payload: Vec<&'a str>,
    event_metadata: Vec<&'a str>,
    event_event_id: Vec<Uuid>,
}

impl<'a> Columns<'a> {
    /// Guards and keys that several commands share are listed, and so probed, once: first those that are known, if they are
    /// told at all.
    fn of(group: &[&'a Append], known: &Known, telling: Telling) -> Self {
        let mut columns = Self::default();
        let is_told = |is_known: bool| telling == Telling::All || !is_known;
        // That a stream is new its first event shows: there is one place for it.
        let new = group.iter().flat_map(|append| &append.events).filter(|event| event.sequence == 1);
        let new: HashSet<_, RandomState> = new.map(|event| &event.stream).collect();
        let holds = |(stream, sequence): &(Stream, i64)| {
            *sequence == 0 && new.contains(stream) || known.has_stream(stream, *sequence)
        };
        let guards = group.iter().flat_map(|append| &append.guards).filter(|&guard| is_told(holds(guard)));
        let (guards, guards_known) = listed(guards, holds);
        for ((stream, sequence), _) in in_order(&guards) {
            columns.guard_type.push(stream.kind);
            columns.guard_id.push(&stream.id);
            columns.guard_sequence.push(*sequence);
        }
        let keys = group.iter().flat_map(|append| &append.keys).filter(|key| is_told(known.has_key(key))).map(Used);
        let (keys, keys_known) = listed(keys, |Used(key)| known.has_key(key));
        for (Used(key), _) in in_order(&keys) {
            // One that was not compared with what is on record is, as if it were new: the row may be of another history.
            let compared = (!known.has_compared(key)).then_some(&key.key);
            columns.key_name.push(&key.name);
            columns.key_wrapped.push(compared.map(|key| &*key.wrapped));
            columns.key_master_version.push(compared.and_then(|key| key.master_version));
        }
        (columns.guards_known, columns.keys_known) = match telling {
            Telling::All => (guards_known, keys_known),
            Telling::WhatIsNotKnown => (-1, -1),
        };
        for (command, append) in (1_i32..).zip(group) {
            for guard in append.guards.iter().filter_map(|guard| guards.get(guard)) {
                columns.guard_use_command.push(command);
                columns.guard_use_guard.push(*guard);
            }
            for key in append.keys.iter().filter_map(|key| keys.get(&Used(key))) {
                columns.key_use_command.push(command);
                columns.key_use_key.push(*key);
            }
            columns.add_the_rest(command, append);
        }
        columns
    }

    fn add_the_rest(&mut self, command: i32, append: &'a Append) {
        for claim in &append.claims {
            self.claim_command.push(command);
            self.claim_kind.push(claim.kind);
            self.claim_digest.push(&claim.digest);
            self.claim_owner.push(&claim.owner);
            self.claim_take.push(claim.take);
        }
        for name in &append.destroyed_keys {
            self.destroy_command.push(command);
            self.destroy_name.push(name);
        }
        for receipt in &append.receipts {
            self.receipt_command.push(command);
            self.receipt_scope.push(&receipt.scope);
            self.receipt_key.push(&receipt.key);
            self.receipt_mac.push(&receipt.mac);
            self.receipt_answer.push(&receipt.answer);
        }
        for event in &append.events {
            self.event_command.push(command);
            self.event_aggregate_type.push(event.stream.kind);
            self.event_aggregate_id.push(&event.stream.id);
            self.event_sequence.push(event.sequence);
            self.event_event_type.push(&event.event_type);
            self.event_event_version.push(&event.event_version);
            self.event_payload.push(&event.payload);
            self.event_metadata.push(&event.metadata);
            self.event_event_id.push(event.event_id);
        }
    }
}

/// A key by its name.
#[derive(Clone, Copy)]
struct Used<'a>(&'a KeyUse);

impl PartialEq for Used<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Used<'_> {}

impl Hash for Used<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
    }
}

/// Each thing once, numbered from 1: first those that are known, whose count comes with them.
fn listed<T: Copy + Eq + Hash>(
    things: impl Iterator<Item = T>,
    is_known: impl Fn(T) -> bool,
) -> (HashMap<T, i32, RandomState>, i32) {
    let (mut numbers, mut known, mut others) = (HashMap::default(), 0, Vec::new());
    for thing in things {
        if let Entry::Vacant(new) = numbers.entry(thing) {
            known += i32::from(is_known(thing));
            new.insert(if is_known(thing) { known } else { 0 });
            others.extend((!is_known(thing)).then_some(thing));
        }
    }
    for (number, thing) in (known + 1..).zip(others) {
        numbers.insert(thing, number);
    }
    (numbers, known)
}

fn in_order<T: Copy>(numbers: &HashMap<T, i32, RandomState>) -> Vec<(T, i32)> {
    let mut listed: Vec<_> = numbers.iter().map(|(thing, number)| (*thing, *number)).collect();
    listed.sort_unstable_by_key(|(_, number)| *number);
    listed
}
