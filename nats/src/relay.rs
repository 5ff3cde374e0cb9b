//! The relay: publishes the log to JetStream, in order, at the sequence that each event's position gives it.
//!
//! All that it relies on is checked anew in each of its sessions, which end with the first break of anything: the
//! connection to NATS, the session with PostgreSQL, the lease. Its cursor is the stream's own last sequence.

mod compare;
mod ended;
mod feed;
mod judge;
mod lead;
mod open;

use std::convert::Infallible;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use event_store::{Notifications, Reader, Recorded};
use sqlx::PgPool;
use tokio::sync::{broadcast, watch};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::connect::{Connect, Link};
use crate::lease::Lease;
use crate::pulse::Pulse;
use crate::stream::{Retention, StreamName, jetstream};
use ended::Ended;
use feed::Feed;
use lead::{Lead, WINDOW};
use open::Streams;

/// After a session that never led, the next is tried this much later at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
/// How long a stopping process waits for PostgreSQL to take its lease back.
const RELEASE: Duration = Duration::from_secs(1);

/// How long a stopping process goes on publishing what was appended.
const FLUSH: Duration = Duration::from_secs(1);

/// What a relay is made of.
#[derive(Debug)]
pub struct Settings {
    /// NATS, as the user `relay`. It makes connections of its own.
    pub connect: Connect,
    /// PostgreSQL, in the role `hansard_writer`.
    pub pool: PgPool,
    /// What PostgreSQL tells this process.
    pub notifications: Notifications,
    /// An id of this process alone.
    pub holder: Uuid,
    /// How much of the log the stream keeps.
    pub retention: Retention,
    /// Groups as this process's committer commits them; saves reading them from PostgreSQL. An empty one says that the
    /// next need not follow upon the one before.
    pub committed: Option<broadcast::Receiver<Arc<[Recorded]>>>,
}

/// What a relay is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// NATS or PostgreSQL cannot be reached, or refuse what is asked of them.
    Away,
    /// Another relay leads.
    Standby,
    /// It leads.
    Leading {
        /// The stream it publishes to.
        stream: StreamName,
        /// Position of the last event that the stream has acknowledged.
        position: i64,
    },
}

/// Relays the log to JetStream while it holds the lease.
pub struct Relay {
    settings: Settings,
    lease: Lease,
    status: watch::Sender<Status>,
    /// The stream is compared with the log from this position on before it is used again; else only its end is.
    suspect: Option<i64>,
    pause: Duration,
}

impl Relay {
    /// A relay that does nothing until it runs.
    pub fn new(settings: Settings) -> Self {
        let lease = Lease::new(settings.pool.clone(), "relay", settings.holder);
        let (status, _) = watch::channel(Status::Away);
        Self { settings, lease, status, suspect: None, pause: SHORTEST_PAUSE }
    }

    /// What it is doing, as it changes.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Relays until told to stop, and then on until what the log holds by then is published, if that takes a moment. What is
    /// left is not lost: the next leader goes on from the stream's own end.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let (status, reader) = (self.status(), Reader::new(self.settings.pool.clone()));
        let over = async {
            shutdown.cancelled().await;
            _ = timeout(FLUSH, flushed(status, &reader)).await; // what is left then is left
        };
        let work = async {
            loop {
                let Err(ended) = self.session().await;
                self.ended(&ended).await;
            }
        };
        tokio::select! {
            () = over => {}
            () = work => {}
        }
        self.let_go().await;
    }

    /// From connecting to the first break.
    async fn session(&mut self) -> Result<Infallible, Ended> {
        let link = Link::open(&self.settings.connect).await?;
        tokio::select! {
            biased;
            () = link.gone.cancelled() => return Err(Ended::Disconnected),
            acquired = self.stand_by() => acquired?,
        }
        let lease = self.lease.clone();
        tokio::select! {
            biased;
            () = link.gone.cancelled() => Err(Ended::Disconnected),
            lost = lease.keep() => lost.map_err(Ended::from),
            ended = self.lead(&link) => ended,
        }
    }

    async fn stand_by(&mut self) -> Result<(), Ended> {
        let standby = async {
            // Whoever is let in at once never stood by.
            sleep(SHORTEST_PAUSE).await;
            self.status.send_replace(Status::Standby);
            std::future::pending().await
        };
        tokio::select! {
            acquired = self.lease.acquire() => Ok(acquired?),
            never = standby => never,
        }
    }

    async fn lead(&mut self, link: &Link) -> Result<Infallible, Ended> {
        let jetstream = jetstream(link.client.clone(), 2 * WINDOW);
        let reader = Reader::new(self.settings.pool.clone());
        // Before the stream is compared with the log: a restore in between ends the session.
        let pulse = Pulse::open(&self.settings.notifications, &reader).await?;
        let streams = Streams { jetstream: &jetstream, pool: &self.settings.pool, reader: &reader };
        let opened = streams.open(self.settings.retention, self.suspect).await?;
        self.suspect = None;
        self.pause = SHORTEST_PAUSE;
        let feed = Feed::new(pulse, reader, opened.place, self.settings.committed.as_mut());
        Lead::new(jetstream, &opened, feed, &self.status).run().await
    }

    async fn ended(&mut self, ended: &Ended) {
        self.status.send_replace(Status::Away);
        metrics::gauge!("hansard_relay_leading").set(0.0);
        self.suspect = self.suspect.into_iter().chain(ended.suspect()).min();
        if ended.is_alarm() {
            metrics::counter!("hansard_relay_alarms_total").increment(1);
            tracing::error!(error = ended as &dyn Error, "the relay halts and compares the stream with the log");
        } else if ended.is_routine() {
            tracing::info!(reason = ended as &dyn Error, "the relay checks the stream again");
        } else if self.pause == SHORTEST_PAUSE {
            tracing::warn!(error = ended as &dyn Error, "the relay cannot work; it keeps trying");
        } else {
            tracing::debug!(error = ended as &dyn Error, "the relay cannot work");
        }
        self.let_go().await;
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    async fn let_go(&self) {
        // If PostgreSQL does not answer, the lease expires.
        if let Ok(Err(error)) = timeout(RELEASE, self.lease.release()).await {
            tracing::debug!(error = &error as &dyn Error, "lease not released");
        }
    }
}

/// Waits until a relay that leads has published what the log holds now, or leads no longer.
async fn flushed(mut status: watch::Receiver<Status>, reader: &Reader) -> Result<(), sqlx::Error> {
    if matches!(*status.borrow(), Status::Leading { .. }) {
        let head = reader.head().await?.position;
        let is_behind = |now: &Status| matches!(now, Status::Leading { position, .. } if *position < head);
        _ = status.wait_for(|now| !is_behind(now)).await; // its sender is gone: nobody leads
    }
    Ok(())
}
