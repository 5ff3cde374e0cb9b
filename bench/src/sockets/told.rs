//! Streams that each read in a task of their own, and when the last of them was told of each message.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use client::Connection as Stream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::Failed;

/// Streams that read, until each was told of so many messages.
pub(super) struct Listening {
    reading: Vec<JoinHandle<Result<Stream, String>>>,
    told: Arc<Told>,
    stop: watch::Sender<bool>,
}

/// How many streams were told of each message, and when the last was.
struct Told {
    streams: usize,
    counts: Vec<AtomicUsize>,
    last: Mutex<Vec<Instant>>,
    /// Messages that all were told of.
    whole: watch::Sender<usize>,
}

impl Listening {
    pub(super) fn begin(streams: Vec<Stream>, messages: usize) -> Self {
        let (whole, stop) = (watch::Sender::new(0), watch::Sender::new(false));
        let counts = (0..messages).map(|_| AtomicUsize::new(0)).collect();
        let told = Arc::new(Told { streams: streams.len(), counts, last: Mutex::default(), whole });
        let reading = streams.into_iter().map(|stream| tokio::spawn(read(stream, Arc::clone(&told), stop.subscribe())));
        Self { reading: reading.collect(), told, stop }
    }

    /// Waits until all were told of so many messages.
    pub(super) async fn told(&self, messages: usize, within: Duration) -> Result<(), Failed> {
        let mut whole = self.told.whole.subscribe();
        timeout(within, whole.wait_for(|told| *told >= messages)).await??;
        Ok(())
    }

    /// The streams, once they were told of everything; and when the last of them was of each message.
    pub(super) async fn ends(self, within: Duration) -> Result<(Vec<Stream>, Vec<Instant>), Failed> {
        let told = Arc::clone(&self.told);
        let streams = timeout(within, join(self.reading)).await??;
        let last = told.last.lock().map_err(|error| error.to_string())?.clone();
        Ok((streams, last))
    }

    /// The streams, which read nothing more.
    pub(super) async fn stops(self) -> Result<Vec<Stream>, Failed> {
        self.stop.send_replace(true);
        join(self.reading).await
    }
}

async fn join(reading: Vec<JoinHandle<Result<Stream, String>>>) -> Result<Vec<Stream>, Failed> {
    let mut streams = Vec::with_capacity(reading.len());
    for task in reading {
        streams.push(task.await??);
    }
    Ok(streams)
}

/// Reads and parses each frame, which must follow upon the one before.
async fn read(mut stream: Stream, told: Arc<Told>, mut stop: watch::Receiver<bool>) -> Result<Stream, String> {
    let mut before = None;
    for place in 0..told.counts.len() {
        let frame = tokio::select! {
            frame = stream.next_place() => frame.map_err(|closed| format!("{closed:?}"))?,
            _ = stop.wait_for(|stop| *stop) => return Ok(stream),
        };
        if before.is_some_and(|before| frame.prev_position != Some(before)) {
            return Err(format!("something was missed before {frame:?}"));
        }
        before = frame.position;
        if told.counts[place].fetch_add(1, Ordering::AcqRel) + 1 == told.streams {
            told.last.lock().map_err(|error| error.to_string())?.push(Instant::now());
            told.whole.send_modify(|whole| *whole += 1);
        }
    }
    Ok(stream)
}
