//! Brings signed heads to where others keep them: what the server cannot take back, it cannot deny.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use event_store::Reader;
use sqlx::PgPool;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use crate::target::{NotTaken, Target};
use crate::{SealError, published, store};

/// How long nothing is looked for without a head being signed; another process may have signed some.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Pause before a place is tried again, the first time; each time twice as long.
const RETRY: Duration = Duration::from_secs(1);

/// The longest such pause.
const RETRY_AT_MOST: Duration = Duration::from_mins(1);

/// Heads looked up at once.
const PAGE: i64 = 100;

/// Brings each signed head to one place, in order. It has nothing to do with signing, and does not hold it up: where the place is away,
/// what is kept of the heads is brought later, the last of each minute.
#[derive(Clone)]
pub struct Pusher {
    pool: PgPool,
    target: Arc<Target>,
    signed: watch::Receiver<u64>,
}

/// A head was not brought.
#[derive(Debug, thiserror::Error)]
enum NotPushed {
    #[error("the database cannot be reached")]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
    #[error(transparent)]
    Compared(#[from] SealError),
}

impl Pusher {
    /// Over a pool of the role `hansard_sealer`. `signed` is the sealer's.
    pub fn new(pool: PgPool, target: Arc<Target>, signed: watch::Receiver<u64>) -> Self {
        Self { pool, target, signed }
    }

    /// Brings heads until it is dropped.
    pub async fn run(&self) -> Infallible {
        let (mut pause, mut signed, mut compared) = (RETRY, self.signed.clone(), None);
        loop {
            match self.catch_up(&mut compared).await {
                Ok(()) => {
                    pause = RETRY;
                    // Without the sealer it is the clock alone that tells.
                    if let Ok(Err(_)) = timeout(LOOK_AGAIN, signed.changed()).await {
                        sleep(LOOK_AGAIN).await;
                    }
                }
                Err(error) => {
                    compared = None;
                    let target = self.target.kind();
                    metrics::counter!("hansard_checkpoint_pushes_total", "target" => target, "outcome" => "failed")
                        .increment(1);
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        target,
                        "a checkpoint was not pushed: trying again"
                    );
                    sleep(pause).await;
                    pause = (pause * 2).min(RETRY_AT_MOST);
                }
            }
        }
    }

    /// Brings what is due. A history is compared first with what is there of it, unless it is the one that was `compared`
    /// last: the place may have been away when the sealer looked.
    async fn catch_up(&self, compared: &mut Option<Uuid>) -> Result<(), NotPushed> {
        let (id, target) = (self.target.id(), self.target.kind());
        loop {
            let due = store::due(&self.pool, &id, PAGE).await?;
            if due.is_empty() {
                return Ok(());
            }
            for head in due {
                if *compared != Some(head.origin) {
                    let log = Reader::new(self.pool.clone()).head().await?;
                    // Once more is sealed, or signed of the history that began meanwhile, this is told and looks again.
                    if log.origin != head.origin || !published::agrees(&self.pool, &self.target, &log).await? {
                        return Ok(());
                    }
                    *compared = Some(head.origin);
                }
                self.target.take(&head).await?;
                store::pushed(&self.pool, &id, &head).await?;
                metrics::counter!("hansard_checkpoint_pushes_total", "target" => target, "outcome" => "done")
                    .increment(1);
            }
        }
    }
}
