//! What is to be published next: handed over by the committer of this process, or read from the log.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use event_store::{Reader, Recorded};
use futures::FutureExt;
use futures::future::{BoxFuture, OptionFuture};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Sleep, sleep};

use super::ended::Ended;
use crate::handed::{GRACE, receive};
use crate::place::{Place, ReadError};
use crate::pulse::Pulse;

/// Events read at once.
const PAGE: usize = 500;

type Reading = BoxFuture<'static, Result<Vec<Recorded>, ReadError>>;

/// The log from a place on.
pub(super) struct Feed<'a> {
    pulse: Pulse,
    reader: Reader,
    committed: Option<&'a mut Receiver<Arc<[Recorded]>>>,
    place: Place,
    /// The last event that was handed over. None before the first, and where what follows need not follow upon it.
    handed: Option<Place>,
    reading: Option<Reading>,
    grace: Option<Pin<Box<Sleep>>>,
}

impl<'a> Feed<'a> {
    pub(super) fn new(
        pulse: Pulse,
        reader: Reader,
        place: Place,
        mut committed: Option<&'a mut Receiver<Arc<[Recorded]>>>,
    ) -> Self {
        if let Some(committed) = &mut committed {
            // What was handed over before is read from the log.
            **committed = committed.resubscribe();
        }
        Self { pulse, reader, committed, place, handed: None, reading: None, grace: None }
    }

    /// Position of the last event that is known to be in the log.
    pub(super) fn head(&self) -> i64 {
        self.pulse.head().position.max(self.place.position)
    }

    /// The next events, in order, without gap. Cancel-safe.
    pub(super) async fn next(&mut self) -> Result<Arc<[Recorded]>, Ended> {
        loop {
            if let Some(reading) = &mut self.reading {
                let page = reading.await;
                self.reading = None;
                let page = page?;
                if page.len() == PAGE {
                    // There is more: whatever is handed over meanwhile comes later.
                    self.reading = page.last().map(|last| self.read(Place::of(last)));
                }
                if !page.is_empty() {
                    return Ok(self.on(page.into()));
                }
            }
            self.wait_or_read();
            let grace = OptionFuture::from(self.grace.as_mut());
            tokio::select! {
                biased;
                Some(handed) = receive(self.committed.as_deref_mut()) => match handed {
                    Ok(group) => if let Some(group) = self.take(group) {
                        return Ok(self.on(group));
                    },
                    Err(RecvError::Lagged(_)) => {
                        self.handed = None;
                        self.reading = Some(self.read(self.place));
                    }
                    Err(RecvError::Closed) => self.committed = None,
                },
                news = self.pulse.listen() => news?,
                Some(()) = grace => self.reading = Some(self.read(self.place)),
            }
        }
    }

    fn wait_or_read(&mut self) {
        if self.pulse.head().position <= self.place.position {
            self.grace = None;
        } else if self.grace.is_none() {
            let grace = if self.committed.is_some() { GRACE } else { Duration::ZERO };
            self.grace = Some(Box::pin(sleep(grace)));
        }
    }

    /// A group that was handed over, if it is the next one, upon the event that was handed over last: by its position
    /// alone it may be of another history. Any other with news shows that there is something to read.
    fn take(&mut self, group: Arc<[Recorded]>) -> Option<Arc<[Recorded]>> {
        let before = std::mem::replace(&mut self.handed, group.last().map(Place::of));
        let (first, last) = (group.first()?.position, group.last()?.position);
        if first == self.place.position + 1 && before == Some(self.place) {
            return Some(group);
        }
        if last > self.place.position {
            self.reading = Some(self.read(self.place));
        }
        None
    }

    fn on(&mut self, events: Arc<[Recorded]>) -> Arc<[Recorded]> {
        if let Some(last) = events.last() {
            self.place = Place::of(last);
        }
        self.grace = None;
        events
    }

    fn read(&self, place: Place) -> Reading {
        let reader = self.reader.clone();
        async move { place.read(&reader, PAGE).await }.boxed()
    }
}
