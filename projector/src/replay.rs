//! Filling from the log itself: pages by position, each checked to continue the same history.

use event_store::{Keyring, Reader};

use crate::Progress;
use crate::checkpoint::Checkpoint;
use crate::error::ProjectorError;
use crate::event::{self, Opened};
use crate::projector::Projector;
use crate::target::Target;

/// Pages of the log from a checkpoint on.
struct Replay<'a> {
    reader: &'a Reader,
    keyring: &'a Keyring,
    checkpoint: Checkpoint,
    page: i64,
    until: i64,
}

impl Replay<'_> {
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

impl Projector {
    /// Fills `target` from the log up to `until`, or to the log's end. The next page is read and opened while one is
    /// applied.
    pub(crate) async fn fill(
        &self,
        target: &mut Target,
        until: Option<i64>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<(), ProjectorError> {
        let mut replay = Replay {
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
        let mut page = replay.next().await?;
        while !page.is_empty() {
            let (applied, next) = tokio::join!(target.apply(&self.pool, &page), replay.next());
            applied?;
            let position = target.checkpoint.position;
            progress(Progress { position, of: of.max(position) });
            page = next?;
        }
        Ok(())
    }
}
