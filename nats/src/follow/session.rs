//! Following within one session with PostgreSQL.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use event_store::{Head, Recorded};
use futures::FutureExt;
use futures::future::{BoxFuture, OptionFuture};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::time::{Sleep, sleep};

use super::backoff::Backoff;
use super::join::{JoinError, join};
use super::joined::{Joined, Taken};
use super::{Settings, Source};
use crate::event::Timeline;
use crate::handed::{GRACE, receive};
use crate::place::{Place, ReadError};
use crate::pulse::{Over, Pulse};

/// Once others append, the stream is joined after this long.
const OTHERS: Duration = Duration::from_secs(1);

/// Groups handed over one upon another that show that our own process alone appends.
const ALONE: u32 = 16;

/// The stream is tried again after this long at the latest.
const LONGEST: Duration = Duration::from_secs(2);

/// When the log goes on and the stream says nothing for this long, the log is read instead.
const PATIENCE: Duration = Duration::from_millis(250);

/// Why a session ended. What is to be told to the caller is found out when the next begins.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error(transparent)]
    Over(#[from] Over),
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// A session with PostgreSQL in which the log was found to hold our place.
pub(super) struct Session {
    settings: Settings,
    timeline: Timeline,
    pulse: Pulse,
    feed: Feed,
    /// What lies before this position, and is not delivered, is read from the log.
    missing: i64,
    reading: Option<BoxFuture<'static, Result<Vec<Recorded>, ReadError>>>,
    /// Attempts to join since the stream last told us something.
    attempts: Backoff,
    silence: Option<Pin<Box<Sleep>>>,
    /// What is in the log and was not handed over is read when this is over.
    grace: Option<Pin<Box<Sleep>>>,
    /// The last event that was handed over. None before the first, and where what follows need not follow upon it.
    handed: Option<Place>,
    /// A group that was handed over and did not fit into the batch before.
    held: Option<Arc<[Recorded]>>,
    /// Groups that were handed over since somebody else appended last.
    own: u32,
    /// Our own process alone appends, and hands that over: there is nothing in the stream for us.
    alone: bool,
}

/// What a process's committer hands over.
type Committed<'a> = Option<&'a mut Receiver<Arc<[Recorded]>>>;

enum Feed {
    Log { wait: Pin<Box<Sleep>>, joining: Option<BoxFuture<'static, Result<Joined, JoinError>>> },
    Stream(Box<Joined>),
}

impl Session {
    /// `handed`: whether this process hands over what it appends.
    pub(super) fn new(settings: Settings, pulse: Pulse, head: &Head, handed: bool) -> Self {
        let timeline = Timeline { epoch: head.epoch, origin: head.origin };
        let mut attempts = Backoff::up_to(LONGEST);
        let wait = if handed { OTHERS } else { attempts.next() };
        let feed = Feed::Log { wait: Box::pin(sleep(wait)), joining: None };
        Self {
            settings,
            timeline,
            pulse,
            feed,
            missing: 0,
            reading: None,
            attempts,
            silence: None,
            grace: None,
            handed: None,
            held: None,
            own: 0,
            alone: handed,
        }
    }

    /// Up to `max` events that follow upon `place`; none at times. Cancel-safe.
    pub(super) async fn next(
        &mut self,
        place: Place,
        max: usize,
        committed: Committed<'_>,
    ) -> Result<(Vec<Recorded>, Source), Ended> {
        if let Some(reading) = &mut self.reading {
            let read = reading.await;
            self.reading = None;
            let mut events = read?;
            events.truncate(max);
            if events.is_empty() && place.position < self.missing {
                self.leave("it is ahead of the log");
            }
            return Ok((self.count(events, Source::Log), Source::Log));
        }
        if place.position < self.missing {
            let missing = usize::try_from(self.missing - place.position).unwrap_or(max);
            self.read(place, missing.min(max));
            return Ok((Vec::new(), Source::Log));
        }
        self.missing = 0;
        match &mut self.feed {
            Feed::Log { .. } => self.next_of_log(place, max, committed).await,
            Feed::Stream(_) => self.next_of_stream(place, max, committed).await,
        }
    }

    /// From what is handed over, else from the log.
    async fn next_of_log(
        &mut self,
        place: Place,
        max: usize,
        mut committed: Committed<'_>,
    ) -> Result<(Vec<Recorded>, Source), Ended> {
        if let Some(held) = self.held.take() {
            return Ok(self.handed_over(held, place, max, committed));
        }
        let alone = self.alone;
        let Feed::Log { wait, joining } = &mut self.feed else { return Ok((Vec::new(), Source::Log)) };
        if self.pulse.head().position <= place.position {
            self.grace = None;
        } else if self.grace.is_none() {
            let grace = if committed.is_some() { GRACE } else { Duration::ZERO };
            self.grace = Some(Box::pin(sleep(grace)));
        }
        let grace = OptionFuture::from(self.grace.as_mut());
        tokio::select! {
            biased;
            // First: if the session is over, whatever else there is may be of another history.
            news = self.pulse.listen() => news?,
            // What was missed is read from the log.
            Some(handed) = receive(committed.as_deref_mut()) => {
                return Ok(self.handed_over(handed.unwrap_or_default(), place, max, committed));
            }
            joined = joined(wait, joining, &self.settings, self.timeline, place), if !alone => self.joined(joined),
            Some(()) = grace => {
                self.grace = None;
                self.others_append();
                self.read(place, max);
            }
        }
        Ok((Vec::new(), Source::Log))
    }

    /// What was handed over, as far as it is ready and follows upon `place`. The rest is read from the log, as are
    /// groups that are larger than a batch.
    ///
    /// A group says of what comes before it its position alone, and may be of another history than `place`: the log may
    /// have been restored from an older copy. So it is taken if the event at `place` is the one that was handed over
    /// before it; else the log is read from that event on.
    fn handed_over(
        &mut self,
        first: Arc<[Recorded]>,
        mut place: Place,
        max: usize,
        mut committed: Committed<'_>,
    ) -> (Vec<Recorded>, Source) {
        let mut events = Vec::new();
        let mut next = Some(first);
        while let Some(group) = next.take() {
            if let (Some(first), Some(last)) = (group.first(), group.last()) {
                let (is_next, is_sure) = (first.position == place.position + 1, self.handed == Some(place));
                if is_next && !events.is_empty() && (!is_sure || events.len() + group.len() > max) {
                    self.held = Some(group);
                    break;
                }
                self.hear(first.position, Place::of(last));
                if is_next && !is_sure {
                    self.grace = None;
                    self.read(place, group.len().min(max));
                    break;
                }
                if is_next && group.len() <= max {
                    place = Place::of(last);
                    events.extend(group.iter().cloned());
                }
            } else {
                self.handed = None;
            }
            next = match committed.as_deref_mut().map(Receiver::try_recv) {
                Some(Ok(group)) => Some(group),
                Some(Err(TryRecvError::Lagged(_))) => Some(Arc::default()),
                Some(Err(TryRecvError::Empty | TryRecvError::Closed)) | None => None,
            };
        }
        if !events.is_empty() {
            self.grace = None;
        }
        (self.count(events, Source::Committer), Source::Committer)
    }

    /// A group that begins at a position and ends with an event was handed over.
    fn hear(&mut self, first: i64, last: Place) {
        if self.handed.is_some_and(|handed| handed.position + 1 != first) {
            self.own = 0;
            self.others_append();
        }
        self.own = self.own.saturating_add(1);
        self.alone |= self.own >= ALONE;
        self.handed = Some(last);
    }

    fn others_append(&mut self) {
        if self.alone
            && let Feed::Log { wait, joining } = &mut self.feed
        {
            (*wait, *joining) = (Box::pin(sleep(OTHERS)), None);
        }
        self.alone = false;
    }

    /// Whether our process alone appends again and we are as far as what it hands over; a group that follows is held.
    /// What it hands over besides comes by the stream too; kept unread it would fill the memory.
    fn returns(&mut self, place: Place, committed: &mut Receiver<Arc<[Recorded]>>) -> bool {
        loop {
            match committed.try_recv() {
                Ok(group) => {
                    let (Some(first), Some(last)) = (group.first(), group.last()) else {
                        self.handed = None;
                        continue;
                    };
                    let follows = first.position == place.position + 1 && self.handed == Some(place);
                    self.hear(first.position, Place::of(last));
                    if self.alone && follows {
                        self.handed = Some(place);
                        self.held = Some(group);
                        return true;
                    }
                }
                Err(TryRecvError::Lagged(_)) => self.handed = None,
                Err(TryRecvError::Empty | TryRecvError::Closed) => {
                    return self.alone && self.handed == Some(place);
                }
            }
        }
    }

    async fn next_of_stream(
        &mut self,
        place: Place,
        max: usize,
        committed: Committed<'_>,
    ) -> Result<(Vec<Recorded>, Source), Ended> {
        self.held = None;
        if committed.is_some_and(|committed| self.returns(place, committed)) {
            self.leave("this process alone appends");
            return Ok((Vec::new(), Source::Committer));
        }
        let Feed::Stream(stream) = &mut self.feed else { return Ok((Vec::new(), Source::Stream)) };
        if self.pulse.head().position <= place.position {
            self.silence = None;
        } else if self.silence.is_none() {
            self.silence = Some(Box::pin(sleep(PATIENCE)));
        }
        let silence = OptionFuture::from(self.silence.as_mut());
        tokio::select! {
            biased;
            // First: if the session is over, what the stream says is no longer believed.
            news = self.pulse.listen() => news?,
            taken = stream.take(place, max) => match taken {
                Taken::Events(events) => {
                    if !events.is_empty() {
                        self.silence = None;
                        self.attempts.reset();
                    }
                    return Ok((self.count(events, Source::Stream), Source::Stream));
                }
                Taken::Missing(until) => self.missing = until,
                Taken::Over(reason) => self.leave(&reason),
            },
            Some(()) = silence => self.leave("it says nothing while the log goes on"),
        }
        Ok((Vec::new(), Source::Stream))
    }

    fn read(&mut self, place: Place, limit: usize) {
        let reader = self.settings.reader.clone();
        self.reading = Some(async move { place.read(&reader, limit).await }.boxed());
    }

    fn joined(&mut self, joined: Result<Joined, JoinError>) {
        match joined {
            Ok(stream) => {
                tracing::info!(follower.name = self.settings.name, "following the stream");
                self.feed = Feed::Stream(Box::new(stream));
                self.switched(Source::Stream);
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(follower.name = self.settings.name, error, "the stream cannot be joined");
                self.feed = Feed::log(&mut self.attempts);
            }
        }
    }

    /// Goes on in the log, and tries to join again.
    fn leave(&mut self, reason: &str) {
        if matches!(self.feed, Feed::Stream(_)) {
            tracing::info!(follower.name = self.settings.name, reason, "following the log, not the stream");
            self.switched(Source::Log);
        }
        self.feed = Feed::log(&mut self.attempts);
        self.missing = 0;
        self.silence = None;
    }

    fn switched(&self, to: Source) {
        let name = self.settings.name.clone();
        metrics::gauge!("hansard_follow_from_stream", "follower" => name).set(match to {
            Source::Stream => 1.0,
            Source::Log | Source::Committer => 0.0,
        });
    }

    fn count(&self, events: Vec<Recorded>, source: Source) -> Vec<Recorded> {
        let (name, source) = (
            self.settings.name.clone(),
            match source {
                Source::Stream => "stream",
                Source::Log => "log",
                Source::Committer => "committer",
            },
        );
        metrics::counter!("hansard_follow_events_total", "follower" => name, "source" => source)
            .increment(events.len() as u64);
        events
    }
}

impl Feed {
    fn log(attempts: &mut Backoff) -> Self {
        Self::Log { wait: Box::pin(sleep(attempts.next())), joining: None }
    }
}

/// The stream, once it could be joined. Cancel-safe: what is under way is kept in `wait` and `joining`.
async fn joined(
    wait: &mut Pin<Box<Sleep>>,
    joining: &mut Option<BoxFuture<'static, Result<Joined, JoinError>>>,
    settings: &Settings,
    timeline: Timeline,
    place: Place,
) -> Result<Joined, JoinError> {
    let Some(client) = &settings.client else { return std::future::pending().await };
    if let Some(joining) = joining {
        return joining.await;
    }
    wait.await;
    let attempt = join(client.clone(), settings.reader.clone(), timeline, settings.name.clone(), place);
    joining.insert(attempt.boxed()).await
}
