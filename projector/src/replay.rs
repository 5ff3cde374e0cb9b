//! Filling from the log itself: pages by position, each checked to continue the same history.

mod past;

use std::collections::HashSet;

use event_store::{Keyring, Reader, within};
use sqlx::PgConnection;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::Progress;
use crate::checkpoint::Checkpoint;
use crate::error::ProjectorError;
use crate::event::{self, Opened};
use crate::projector::{Projector, STEP_WITHIN};
use crate::target::Target;

pub use past::Replay;

/// Events of the first page.
const FIRST: usize = 1_000;

/// What a page's payloads and metadata are to come to, in bytes: where events are large, a page holds fewer.
const PAGE_BYTES: usize = 16 << 20;

/// Pages of the log from a checkpoint on.
struct Pages {
    reader: Reader,
    keyring: Keyring,
    checkpoint: Checkpoint,
    /// Events of the next page, and of any.
    page: usize,
    most: usize,
    until: i64,
}

impl Pages {
    /// The next events, opened; empty at the end.
    ///
    /// Each page begins with the event before it: if that is not the one that was read, the log was replaced meanwhile.
    async fn next(&mut self) -> Result<Vec<Opened>, ProjectorError> {
        let at = self.checkpoint.position;
        let overlap = i64::from(at > 0);
        let page = i64::try_from(self.page).unwrap_or(i64::MAX);
        let page = self.reader.after(at - overlap, page.saturating_add(overlap));
        let mut events = within(STEP_WITHIN, page).await?;
        if overlap > 0 {
            if !events.first().is_some_and(|event| self.checkpoint.is_at(event)) {
                return Err(ProjectorError::OtherHistory);
            }
            events.remove(0);
        }
        events.retain(|event| event.position <= self.until);
        if let Some((position, _)) = (at + 1..).zip(&events).find(|(position, event)| event.position != *position) {
            return Err(ProjectorError::Gap { position });
        }
        let bytes = events.iter().map(|event| event.payload.len() + event.metadata.len()).sum();
        self.page = next_page(events.len(), bytes).min(self.most);
        if let Some(last) = events.last() {
            self.checkpoint = self.checkpoint.after(last);
        }
        Ok(event::open(&self.keyring, events).await?)
    }
}

/// How many events a page shall hold after one of so many and so many bytes: as many as come to [`PAGE_BYTES`], should they
/// be like those, but twice as many at most, as they may be larger.
fn next_page(events: usize, bytes: usize) -> usize {
    let each = bytes.div_ceil(events.max(1)).max(1);
    (PAGE_BYTES / each).clamp(1, events.max(1) * 2)
}

/// Pages that a task of its own reads and opens, one ahead of whoever takes them: opening costs as much as projecting, and
/// goes on beside it on another core. The task ends with this.
struct Ahead(JoinSet<(Pages, Result<Vec<Opened>, ProjectorError>)>);

impl Ahead {
    fn of(pages: Pages) -> Self {
        let mut ahead = Self(JoinSet::new());
        ahead.read(pages);
        ahead
    }

    fn read(&mut self, mut pages: Pages) {
        self.0.spawn(async move {
            let page = pages.next().await;
            (pages, page)
        });
    }

    /// As [`Pages::next`], while the page after it is begun.
    async fn next(&mut self) -> Result<Vec<Opened>, ProjectorError> {
        let Some(read) = self.0.join_next().await else { return Ok(vec![]) };
        let (pages, page) = read.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        if page.as_ref().is_ok_and(|page| !page.is_empty()) {
            self.read(pages);
        }
        page
    }
}

/// The events of a room, of the accounts of whoever was in it, and of the files that came there.
pub(crate) struct Only {
    room: Uuid,
    accounts: HashSet<String>,
    files: HashSet<String>,
}

impl Only {
    /// Of a room up to a position.
    async fn room(room: Uuid, until: i64, connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let accounts = "select distinct split_part(aggregate_id, ':', 2) from log.events \
             where aggregate_type = 'membership' and aggregate_id like $1 || ':%' and position <= $2";
        // That a file came to a room is an event of the room; its upload before it is nobody's but its owner's.
        let files = "select distinct aggregate_id from log.events \
             where aggregate_type = 'file' and metadata->>'room_id' = $1 and position <= $2";
        let mut streams = async |which: &str| -> Result<HashSet<String>, sqlx::Error> {
            let ids = sqlx::query_scalar(which).bind(room.to_string()).bind(until);
            Ok(ids.fetch_all(&mut *connection).await?.into_iter().collect())
        };
        Ok(Self { room, accounts: streams(accounts).await?, files: streams(files).await? })
    }

    fn has(&self, event: &Opened) -> bool {
        let recorded = &event.recorded;
        let of =
            |kind: &str, ids: &HashSet<String>| recorded.aggregate_type == kind && ids.contains(&recorded.aggregate_id);
        event.room_id == Some(self.room) || of("user", &self.accounts) || of("file", &self.files)
    }
}

impl Projector {
    /// Fills `target` from the log up to `until`, or to the log's end.
    pub(crate) async fn fill(
        &self,
        target: &mut Target,
        until: Option<i64>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), ProjectorError> {
        self.fill_with(target, until, None, progress).await
    }

    /// The same with some events alone.
    async fn fill_with(
        &self,
        target: &mut Target,
        until: Option<i64>,
        only: Option<&Only>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), ProjectorError> {
        let mut pages = Ahead::of(Pages {
            reader: self.reader.clone(),
            keyring: self.keyring.clone(),
            checkpoint: target.checkpoint.clone(),
            page: FIRST.min(self.pace.page),
            most: self.pace.page,
            until: until.unwrap_or(i64::MAX),
        });
        let of = match until {
            Some(position) => position,
            None => self.reader.head().await?.position,
        };
        loop {
            let mut page = pages.next().await?;
            let Some(last) = page.last() else { return Ok(()) };
            let position = last.recorded.position;
            if let Some(only) = only {
                page.retain(|event| only.has(event));
            }
            target.apply(&self.pool, &page).await?;
            progress(Progress { position, of: of.max(position) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PAGE_BYTES, next_page};

    #[test]
    fn pages_grow_where_events_are_small_and_shrink_where_they_are_large() {
        for (events, bytes, next) in [
            (1_000, 1_000 << 10, 2_000),
            (16_384, PAGE_BYTES, 16_384),
            (16_384, PAGE_BYTES * 4, 4_096),
            (16_384, PAGE_BYTES / 4, 32_768),
            (1, PAGE_BYTES * 2, 1),
            (1, 1 << 20, 2),
            (0, 0, 2),
        ] {
            assert_eq!(next_page(events, bytes), next, "after {events} of {bytes} bytes");
        }
    }
}
