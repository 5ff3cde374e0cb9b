//! Filling from the log itself: pages by position, each checked to continue the same history.

mod past;

use std::collections::HashSet;

use event_store::{Keyring, Reader};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::Progress;
use crate::checkpoint::Checkpoint;
use crate::error::ProjectorError;
use crate::event::{self, Opened};
use crate::projector::Projector;
use crate::target::Target;

pub use past::Replay;

/// Pages of the log from a checkpoint on.
struct Pages<'a> {
    reader: &'a Reader,
    keyring: &'a Keyring,
    checkpoint: Checkpoint,
    page: i64,
    until: i64,
}

impl Pages<'_> {
    /// The next events, opened; empty at the end.
    ///
    /// Each page begins with the event before it: if that is not the one that was read, the log was replaced meanwhile.
    async fn next(&mut self) -> Result<Vec<Opened>, ProjectorError> {
        let at = self.checkpoint.position;
        let overlap = i64::from(at > 0);
        let mut events = self.reader.after(at - overlap, self.page + overlap).await?;
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
        if let Some(last) = events.last() {
            self.checkpoint = self.checkpoint.after(last);
        }
        Ok(event::open(self.keyring, events).await?)
    }
}

/// The events of a room, and of the accounts of whoever was in it.
pub(crate) struct Only {
    room: Uuid,
    accounts: HashSet<String>,
}

impl Only {
    /// Of a room up to a position.
    async fn room(room: Uuid, until: i64, connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let accounts: Vec<String> = sqlx::query_scalar(
            "select distinct split_part(aggregate_id, ':', 2) from log.events \
             where aggregate_type = 'membership' and aggregate_id like $1 || ':%' and position <= $2",
        )
        .bind(room.to_string())
        .bind(until)
        .fetch_all(connection)
        .await?;
        Ok(Self { room, accounts: accounts.into_iter().collect() })
    }

    fn has(&self, event: &Opened) -> bool {
        let recorded = &event.recorded;
        event.room_id == Some(self.room)
            || recorded.aggregate_type == "user" && self.accounts.contains(&recorded.aggregate_id)
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

    /// The same with some events alone. The next page is read and opened while one is applied.
    async fn fill_with(
        &self,
        target: &mut Target,
        until: Option<i64>,
        only: Option<&Only>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), ProjectorError> {
        let mut pages = Pages {
            reader: &self.reader,
            keyring: &self.keyring,
            checkpoint: target.checkpoint.clone(),
            page: self.pace.page,
            until: until.unwrap_or(i64::MAX),
        };
        let of = match until {
            Some(position) => position,
            None => self.reader.head().await?.position,
        };
        let mut page = pages.next().await?;
        while let Some(last) = page.last() {
            let position = last.recorded.position;
            if let Some(only) = only {
                page.retain(|event| only.has(event));
            }
            let (applied, next) = tokio::join!(target.apply(&self.pool, &page), pages.next());
            applied?;
            progress(Progress { position, of: of.max(position) });
            page = next?;
        }
        Ok(())
    }
}
