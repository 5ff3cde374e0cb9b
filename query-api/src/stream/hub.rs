//! The hub of a process: follows the log, and hands each event's frame to whoever may see it.
//!
//! Two loops run side by side. The one reads the log, and ends the streams of sessions that are over at once. The other
//! takes people in and distributes, one batch after the other, each from one snapshot.

mod calls;
mod hand_out;
mod presence;
pub(super) mod readings;
mod room_of_people;
mod whisper;
mod work;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use std::{fmt, io};

use event_store::Recorded;
use serde_json::value::RawValue;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, broadcast, mpsc, oneshot};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::feed::{Fed, Feed};
use super::frame::Frame;
use super::registry::Registry;
use super::threads::Threads;
use crate::Queries;
use whisper::Whisper;
use work::Work;

/// Most events of a batch.
const BATCH: usize = 250;
/// Batches that were read ahead of what is distributed: sessions end by what was read.
const AHEAD: usize = 16;
/// Whispers that wait to be passed on; older ones are forgotten.
const WHISPERS: usize = 1024;
/// How often a hub says who is connected to it.
const BEAT: Duration = Duration::from_secs(30);
/// How often it is noted who is connected: who is in a call and was not seen for 30 s has left it.
const SEEN: Duration = Duration::from_secs(10);
/// Pause before what failed is tried again.
const AGAIN: Duration = Duration::from_millis(100);

/// What an operator may choose.
#[derive(Clone, Copy, Debug)]
pub struct StreamSettings {
    /// Frames that wait for a client; with one more it is too slow.
    pub queue: usize,
    /// It is told once in this time, at most, how far somebody has read a room.
    pub reads_every: Duration,
    /// A client that gives no sign of life for so long is sent off.
    pub silence: Duration,
}

/// The hub of a process. Cheap to clone.
#[derive(Clone)]
pub struct Hub(Arc<Shared>);

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("id", &self.0.id).finish_non_exhaustive()
    }
}

struct Shared {
    registry: Registry,
    asks: mpsc::UnboundedSender<Ask>,
    asked: Mutex<mpsc::UnboundedReceiver<Ask>>,
    /// Names this hub among those of an instance.
    id: Uuid,
    whispers: broadcast::Sender<String>,
    /// Everything up to here was handed out.
    position: AtomicI64,
    settings: StreamSettings,
    tasks: TaskTracker,
    threads: Threads,
    stopping: CancellationToken,
}

/// What a client waits for.
#[derive(Clone, Debug)]
pub(super) enum Delivery {
    /// What happened.
    Frame(Arc<Frame>),
    /// All is to be fetched again, as of this position at least.
    Reset(i64),
    /// The log is another from here on.
    OtherLog(i32),
    /// What is never stored, as it is sent.
    Passing(Arc<str>),
}

/// What streams ask of the hub.
enum Ask {
    Join {
        user: Uuid,
        stream: u64,
        deliver: mpsc::Sender<Delivery>,
        joined: oneshot::Sender<(i64, i32)>,
    },
    Leave {
        user: Uuid,
        stream: u64,
    },
    /// Somebody writes something.
    Typing {
        user: Uuid,
        room: Uuid,
    },
    /// Somebody wants to know whether these people are there, and no others.
    Watch {
        user: Uuid,
        stream: u64,
        watched: Vec<Uuid>,
    },
    /// Somebody looks away from a client, or at it.
    Away {
        user: Uuid,
        stream: u64,
        away: bool,
    },
    /// What another hub whispered.
    Overheard(Whisper),
    /// What somebody in a call has another one told.
    Signal {
        user: Uuid,
        signal: Box<RawValue>,
    },
}

/// A stream's place in the hub, until it is dropped.
pub(super) struct Joined {
    hub: Hub,
    pub(super) user: Uuid,
    pub(super) stream: u64,
    /// What comes after this position is delivered.
    pub(super) position: i64,
    /// Of the log that the position is in.
    pub(super) epoch: i32,
    pub(super) deliveries: mpsc::Receiver<Delivery>,
}

/// What the first loop tells the second.
enum News {
    Events(Vec<Recorded>),
    /// The log is another than it was; read models hold it up to this position.
    OtherLog {
        epoch: i32,
        position: i64,
    },
}

impl Hub {
    /// A hub, named by `id`, whose streams are among `tasks`, and end when `stopping` says so. It does nothing before it is
    /// run. Fails where the system has no threads left for it.
    pub fn new(
        id: Uuid,
        tasks: TaskTracker,
        stopping: CancellationToken,
        settings: StreamSettings,
    ) -> io::Result<Self> {
        let (asks, asked) = mpsc::unbounded_channel();
        let asked = Mutex::new(asked);
        let (registry, position) = (Registry::default(), AtomicI64::new(0));
        let (whispers, _) = broadcast::channel(WHISPERS);
        let threads = Threads::start()?;
        Ok(Self(Arc::new(Shared { registry, asks, asked, id, whispers, position, settings, tasks, threads, stopping })))
    }

    /// Follows the log until it is dropped. What fails is tried again. Run once more, it ends the streams that there were.
    pub async fn run(&self, queries: &Queries, mut feed: impl Feed) {
        let mut asked = self.0.asked.lock().await;
        let epoch = epoch_of(queries).await;
        let begin = seen(queries).await;
        self.handed_out(begin);
        let (tell, news) = mpsc::channel(AHEAD);
        let work = Work::new(self.clone(), queries.clone(), begin, epoch, self.0.settings.reads_every);
        tokio::select! {
            never = self.read(queries, &mut feed, (epoch, begin), tell) => match never {},
            () = work.run(&mut asked, news) => {}
            () = self.stop_when_told() => {}
        }
    }

    async fn stop_when_told(&self) {
        self.0.stopping.cancelled().await;
        self.0.registry.stop();
        std::future::pending::<()>().await;
    }

    /// Reads the log, and ends the streams of sessions that are over.
    async fn read(
        &self,
        queries: &Queries,
        feed: &mut impl Feed,
        (mut epoch, mut position): (i32, i64),
        tell: mpsc::Sender<News>,
    ) -> Infallible {
        loop {
            match feed.next(position, BATCH).await {
                Ok(Fed { epoch: now, events }) => {
                    if std::mem::replace(&mut epoch, now) != now {
                        position = seen(queries).await;
                        _ = tell.send(News::OtherLog { epoch, position }).await;
                        continue;
                    }
                    self.0.registry.look(&events, queries.store.keyring());
                    position = events.last().map_or(position, |last| last.position);
                    if !events.is_empty() {
                        _ = tell.send(News::Events(events)).await;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "what happens cannot be followed");
                    sleep(AGAIN).await;
                }
            }
        }
    }

    /// What is to be whispered to the other hubs of the instance: text without a place in the log. Some may be lost.
    pub fn whispers(&self) -> broadcast::Receiver<String> {
        self.0.whispers.subscribe()
    }

    /// What a hub of the instance whispered; also one's own comes back.
    pub fn overhears(&self, text: &[u8]) {
        if let Some(whisper) = Whisper::read(text).filter(|whisper| whisper.from != self.0.id) {
            _ = self.0.asks.send(Ask::Overheard(whisper));
        }
    }

    /// Somebody in a call has `user` told something: JSON, as it is passed on.
    pub fn signals(&self, user: Uuid, signal: &[u8]) {
        if let Ok(signal) = serde_json::from_slice(signal) {
            _ = self.0.asks.send(Ask::Signal { user, signal });
        }
    }

    /// Somebody writes something in a room.
    pub(super) fn types(&self, user: Uuid, room: Uuid) {
        _ = self.0.asks.send(Ask::Typing { user, room });
    }

    /// Somebody wants to know whether these people are there.
    pub(super) fn watches(&self, user: Uuid, stream: u64, watched: Vec<Uuid>) {
        _ = self.0.asks.send(Ask::Watch { user, stream, watched });
    }

    /// Somebody looks away from a client, or at it.
    pub(super) fn looks(&self, user: Uuid, stream: u64, away: bool) {
        _ = self.0.asks.send(Ask::Away { user, stream, away });
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// How long a client may give no sign of life.
    pub(super) fn silence(&self) -> Duration {
        self.0.settings.silence
    }

    /// Where it is run, and its streams are.
    pub fn threads(&self) -> &Handle {
        self.0.threads.handle()
    }

    /// Runs what a stream does, among the tasks of the process.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.tasks.spawn_on(task, self.threads());
    }

    /// Up to where everything was handed out.
    pub(super) fn position(&self) -> i64 {
        self.0.position.load(Ordering::Acquire)
    }

    fn handed_out(&self, position: i64) {
        self.0.position.store(position, Ordering::Release);
    }

    /// Has a stream told what happens from some position on; none where the hub does not answer.
    pub(super) async fn join(&self, user: Uuid, stream: u64) -> Option<Joined> {
        let (deliver, deliveries) = mpsc::channel(self.0.settings.queue);
        let (joined, told) = oneshot::channel();
        // From here on it leaves, should nobody wait for the answer any more.
        let mut place = Joined { hub: self.clone(), user, stream, position: 0, epoch: 0, deliveries };
        self.0.asks.send(Ask::Join { user, stream, deliver, joined }).ok()?;
        (place.position, place.epoch) = told.await.ok()?;
        Some(place)
    }
}

/// Up to where the read models have seen the log, once they can be asked.
async fn seen(queries: &Queries) -> i64 {
    loop {
        match queries.overview(0).await {
            Ok(view) => return view.position,
            Err(error) => tracing::warn!(%error, "nobody can be told what happens"),
        }
        sleep(AGAIN).await;
    }
}

/// Which log it is, once it can be asked.
async fn epoch_of(queries: &Queries) -> i32 {
    loop {
        match queries.store.reader().head().await {
            Ok(head) => return head.epoch,
            Err(error) => tracing::warn!(%error, "nobody can be told what happens"),
        }
        sleep(AGAIN).await;
    }
}

impl Drop for Joined {
    fn drop(&mut self) {
        _ = self.hub.0.asks.send(Ask::Leave { user: self.user, stream: self.stream });
    }
}
