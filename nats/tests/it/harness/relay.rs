//! A relay that runs for as long as the test wants.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use event_store::{Notifications, Recorded};
use nats::event::{Delivery, Mark, decode};
use nats::{Relay, RelaySettings, Retention, Status, StreamName};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::{Broker, Log, soon};

/// A relay.
pub(crate) struct Relayed {
    pub(crate) status: watch::Receiver<Status>,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Relayed {
    /// One that reads the log.
    pub(crate) fn start(log: &Log, broker: &Broker) -> Self {
        Self::with(log, broker, Retention::default(), None)
    }

    pub(crate) fn with(
        log: &Log,
        broker: &Broker,
        retention: Retention,
        committed: Option<broadcast::Receiver<Arc<[Recorded]>>>,
    ) -> Self {
        static HOLDERS: AtomicU64 = AtomicU64::new(1);
        let pool = log.as_role("hansard_writer");
        let settings = RelaySettings {
            connect: broker.connect("relay"),
            notifications: Notifications::new(&pool, TaskTracker::new()),
            pool,
            holder: Uuid::from_u128(u128::from(HOLDERS.fetch_add(1, Ordering::Relaxed))),
            retention,
            committed,
        };
        let relay = Relay::new(settings);
        let status = relay.status();
        let shutdown = CancellationToken::new();
        let task = TaskTracker::new().spawn(relay.run(shutdown.clone()));
        Self { status, shutdown, task }
    }

    /// Waits until it does something.
    pub(crate) async fn until(&mut self, what: &str, mut wanted: impl FnMut(Status) -> bool) -> Status {
        *soon(what, self.status.wait_for(|status| wanted(*status))).await.unwrap()
    }

    /// Waits until its stream has acknowledged the event at `position`, and returns the stream.
    pub(crate) async fn reaches(&mut self, position: i64) -> StreamName {
        let reached = |status| matches!(status, Status::Leading { position: at, .. } if at >= position);
        match self.until(&format!("the relay reaches {position}"), reached).await {
            Status::Leading { stream, .. } => stream,
            status @ (Status::Away | Status::Standby) => panic!("{status:?} is not leading"),
        }
    }

    /// Stops it in order.
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        soon("the relay stops", self.task).await.unwrap();
    }

    /// Stops it where it stands, as a crash does.
    pub(crate) async fn crash(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// Checks that a stream holds the log from its base on, each event at its sequence, and returns how many.
pub(crate) async fn assert_holds(broker: &Broker, name: StreamName, log: &Log) -> u64 {
    let stream = broker.stream(name).await;
    let state = &stream.cached_info().state;
    let head = log.head().await;
    assert_eq!(i64::try_from(state.last_sequence).unwrap(), head.position - name.base, "{name} holds all of the log");
    let expected = log.reader.after(name.base, i64::MAX).await.unwrap();
    for sequence in state.first_sequence..=state.last_sequence {
        let message = stream.get_raw_message(sequence).await.unwrap();
        let Delivery { timeline, position, mark, event } = decode(&message.headers, &message.payload).unwrap();
        let recorded = &expected[usize::try_from(sequence).unwrap() - 1];
        assert_eq!((timeline.epoch, timeline.origin), (head.epoch, head.origin));
        assert_eq!((position, mark), (recorded.position, Mark::of(recorded)));
        assert!(event.is_none_or(|event| event == *recorded));
        assert_eq!(message.subject.as_str(), nats::subject::subject(recorded));
    }
    state.last_sequence
}
