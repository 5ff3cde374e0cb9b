//! Standing by: another projector fills the same generation.

use event_store::{Head, in_time};

use crate::checkpoint::Checkpoint;
use crate::error::ProjectorError;
use crate::generation;
use crate::projector::{Projector, ReadPosition};

/// What a projector that stands by sees.
struct Seen {
    generation: i32,
    checkpoint: Checkpoint,
    head: Head,
}

impl Projector {
    /// Waits until there is work that nobody does: the checkpoint stays behind the log from one look to the next, or
    /// another generation serves than the one that was filled here.
    pub(super) async fn stand_by(&self) {
        let ours = self.seen.borrow().generation;
        let mut before: Option<Seen> = None;
        loop {
            match in_time(self.look()).await {
                Err(error) => {
                    let error: &(dyn std::error::Error + 'static) = &error;
                    tracing::warn!(error, "standing by: cannot see how the other projector fares");
                }
                Ok(seen) if seen.generation != ours => {
                    tracing::info!(generation = seen.generation, "another generation serves");
                    return;
                }
                Ok(seen) => {
                    let Checkpoint { epoch, position, .. } = seen.checkpoint;
                    self.show(ReadPosition { generation: seen.generation, epoch, position });
                    match &before {
                        None => tracing::info!("another projector is at work: standing by"),
                        Some(before) if before.checkpoint == seen.checkpoint && seen.head.position > position => {
                            tracing::info!("the other projector stopped: taking over");
                            return;
                        }
                        Some(_) => {}
                    }
                    before = Some(seen);
                }
            }
            tokio::time::sleep(self.pace.standby).await;
        }
    }

    async fn look(&self) -> Result<Seen, ProjectorError> {
        let mut connection = self.pool.acquire().await?;
        let generation = generation::serving(&mut connection).await?.ok_or(ProjectorError::NothingServes)?;
        let checkpoint = Checkpoint::of(generation, &mut connection).await?.ok_or(ProjectorError::Lost)?;
        Ok(Seen { generation, checkpoint, head: self.reader.head().await? })
    }
}
