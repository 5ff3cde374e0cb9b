//! Reads the log, page by page, into the tree.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use event_store::{Head as LogHead, Reader, Recorded};
use record::{Edge, FullTile, Head, Leaf, Sha256Hex, SigningKeys, Written};
use sqlx::PgPool;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tokio::sync::watch;
use tokio::task::yield_now;
use tokio::time::sleep;
use uuid::Uuid;

use crate::store::{self, Signed};
use crate::{SealError, Target, published};

/// Pause between two looks for something new: a head is signed at least twice a second.
const PACE: Duration = Duration::from_millis(500);

/// Pause before it is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Pause before a log that was restored is looked at again: it takes a new epoch, which the relay or the operator begins.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Events read at once: some 2 MB.
const PAGE: i64 = 2000;

/// Events hashed before others have their turn: a fraction of a millisecond.
const AT_ONCE: usize = 64;

/// Pages between two heads at most, while there is much to catch up on.
const PAGES: usize = 16;

/// How long is read between two heads, but for the last page, while there is much to catch up on: with [`PACE`] before it
/// and what keeping takes after it, less than a second passes from one head to the next on a slow machine too.
const READING: Duration = Duration::from_millis(250);

/// `recorded_at` as it is hashed, of a time in UTC.
const MICROS: &[BorrowedFormatItem<'static>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Seals the log.
#[derive(Clone)]
pub struct Sealer {
    /// May write schema `record`.
    pool: PgPool,
    keys: SigningKeys,
    name: String,
    /// Where heads are brought to, and compared with what is there.
    targets: Vec<Arc<Target>>,
    /// Tells how much the newest head covers.
    signed: watch::Sender<u64>,
}

/// What this process knows of the tree.
struct State {
    edge: Edge,
    /// The head that was signed last, by the log's origin and the tree's size.
    signed: Option<(Uuid, u64)>,
    /// The history that was compared with what was published of it.
    compared: Option<Uuid>,
}

impl Sealer {
    /// A sealer over a pool of the role `hansard_sealer`, which signs as `name`, of whatever history of the log.
    pub fn new(pool: PgPool, keys: SigningKeys, name: String) -> Self {
        Self { pool, keys, name, targets: vec![], signed: watch::Sender::default() }
    }

    /// The same, which signs nothing of a history before it was compared with what was brought to these places.
    #[must_use]
    pub fn compared_with(self, targets: Vec<Arc<Target>>) -> Self {
        Self { targets, ..self }
    }

    /// How much the newest head covers that was signed and is kept.
    pub fn signed(&self) -> watch::Receiver<u64> {
        self.signed.subscribe()
    }

    /// Seals until it is dropped. `now` tells the time.
    pub async fn run(&self, now: impl Fn() -> OffsetDateTime) -> Infallible {
        loop {
            let Err(error) = self.follow(&now).await;
            if matches!(error, SealError::AnotherHistory { .. }) {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "nothing is signed under the name of another history: a new epoch must begin"
                );
                sleep(LOOK_AGAIN).await;
            } else {
                tracing::warn!(error = &error as &dyn std::error::Error, "sealing stopped: beginning again");
                sleep(RETRY).await;
            }
        }
    }

    async fn follow(&self, now: &impl Fn() -> OffsetDateTime) -> Result<Infallible, SealError> {
        let mut state = State { edge: store::edge(&self.pool).await?, signed: None, compared: None };
        loop {
            if self.round(&mut state, now).await? {
                sleep(PACE).await;
            }
        }
    }

    /// Seals what is new, up to a bound; whether nothing was left. Then the head is signed, of a part of the log where
    /// something was.
    async fn round(&self, state: &mut State, now: &impl Fn() -> OffsetDateTime) -> Result<bool, SealError> {
        let reader = Reader::new(self.pool.clone());
        let head = reader.head().await?;
        let mut before = state.edge.size();
        if head.position < position(before) {
            return Err(SealError::Ahead { log: head.position, sealed: before });
        }
        if state.signed == Some((head.origin, before)) && head.position == position(before) {
            return Ok(true);
        }
        let (mut full, began) = (vec![], now());
        for _ in 0..PAGES {
            let events = reader.after(position(state.edge.size()), PAGE).await?;
            for some in events.chunks(AT_ONCE) {
                seal(&mut state.edge, some, &mut full)?;
                yield_now().await;
            }
            if events.len() < usize::try_from(PAGE).unwrap_or_default() {
                is_there(&head, &state.edge)?;
                break;
            }
            if now() - began >= READING {
                break;
            }
        }
        // The head was read before the events: more may have come, which were then read with it.
        let is_whole = head.position <= position(state.edge.size());
        if state.compared != Some(head.origin) {
            // What is new is kept first, and not signed yet: since it was restored the log may have grown beyond what was
            // published.
            store::keep(&self.pool, before, &state.edge, &full, None).await?;
            (before, full) = (state.edge.size(), vec![]);
            if self.agrees(&head).await? {
                state.compared = Some(head.origin);
            }
        }
        if state.compared == Some(head.origin) {
            let signed = self.sign(&head, &state.edge, now())?;
            store::keep(&self.pool, before, &state.edge, &full, Some(&signed)).await?;
            state.signed = Some((head.origin, state.edge.size()));
            self.signed.send_replace(state.edge.size());
        }
        metrics::gauge!("hansard_sealed_position").set(f64::from(u32::try_from(state.edge.size()).unwrap_or(u32::MAX)));
        Ok(is_whole)
    }

    /// Whether what was published of this history is what the tree begins with. Not yet, while that is more than the tree.
    async fn agrees(&self, log: &LogHead) -> Result<bool, SealError> {
        for target in &self.targets {
            if !published::agrees(&self.pool, target, log).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn sign(&self, log: &LogHead, edge: &Edge, at: OffsetDateTime) -> Result<Signed, SealError> {
        let origin = format!("{}/{}", self.name, log.origin);
        let verifiers = self.keys.verifiers(&origin).into_iter().map(|key| key.0).collect();
        let head = Head { origin, size: edge.size(), root: edge.root() };
        let note = String::from_utf8(head.sign(&self.keys)?).map_err(|_| SealError::Leaf)?;
        Ok(Signed { origin: log.origin, note, at, verifiers })
    }
}

/// Refuses a log that ended before its head does, when it was read to its end.
fn is_there(head: &LogHead, edge: &Edge) -> Result<(), SealError> {
    let end = position(edge.size());
    if head.position <= end { Ok(()) } else { Err(SealError::Gap { position: end + 1 }) }
}

fn seal(edge: &mut Edge, events: &[Recorded], full: &mut Vec<FullTile>) -> Result<(), SealError> {
    for event in events {
        let next = position(edge.size()) + 1;
        if event.position != next {
            return Err(SealError::Gap { position: next });
        }
        edge.push(leaf(event).ok_or(SealError::Leaf)?, full);
    }
    Ok(())
}

/// The leaf of an event.
fn leaf(event: &Recorded) -> Option<Leaf> {
    let mut id = Uuid::encode_buffer();
    let written = Written {
        event_id: event.event_id.hyphenated().encode_lower(&mut id),
        metadata_sha256: Sha256Hex::of(&event.metadata),
        payload_sha256: Sha256Hex::of(&event.payload),
        position: event.position,
        recorded_at: &event.recorded_at.to_offset(time::UtcOffset::UTC).format(MICROS).ok()?,
        sequence: event.sequence,
        stream: &event.stream(),
        r#type: &event.event_type,
        version: &event.event_version,
    };
    written.leaf().ok()
}

fn position(size: u64) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(position: i64) -> Recorded {
        Recorded {
            position,
            event_id: Uuid::from_u128(position.unsigned_abs().into()),
            aggregate_type: "message".to_owned(),
            aggregate_id: "one".to_owned(),
            sequence: position,
            event_type: "message_sent".to_owned(),
            event_version: "1".to_owned(),
            recorded_at: OffsetDateTime::UNIX_EPOCH,
            payload: "{}".to_owned(),
            metadata: "{}".to_owned(),
        }
    }

    #[test]
    fn nothing_is_sealed_in_the_place_of_an_event_that_is_missing() {
        let (mut edge, mut full) = (Edge::default(), vec![]);
        seal(&mut edge, &[event(1), event(2)], &mut full).unwrap();
        let gap = seal(&mut edge, &[event(4), event(5)], &mut full);
        assert!(matches!(gap, Err(SealError::Gap { position: 3 })), "{gap:?}");
        let again = seal(&mut edge, &[event(2)], &mut full);
        assert!(matches!(again, Err(SealError::Gap { position: 3 })), "{again:?}");
        assert_eq!(edge.size(), 2);
    }

    #[test]
    fn a_log_whose_last_events_were_taken_out_is_not_signed_as_if_it_ended_before_them() {
        let (mut edge, mut full) = (Edge::default(), vec![]);
        seal(&mut edge, &[event(1), event(2)], &mut full).unwrap();
        let ends_at = |position| {
            let (recorded_at, origin) = (OffsetDateTime::UNIX_EPOCH, Uuid::nil());
            is_there(&LogHead { position, recorded_at, epoch: 1, origin }, &edge)
        };
        let gap = ends_at(4);
        assert!(matches!(gap, Err(SealError::Gap { position: 3 })), "{gap:?}");
        // More came since the head was read.
        ends_at(1).unwrap();
        ends_at(2).unwrap();
    }
}
