//! How the read models are: for operators, `/readyz` and metrics.

use time::OffsetDateTime;

use crate::checkpoint::Checkpoint;
use crate::error::ProjectorError;
use crate::generation;
use crate::parked::{Parked, ParkedStreams};
use crate::projector::Projector;

/// How the read models are.
#[derive(Clone, Debug)]
pub struct Status {
    /// The generation that serves.
    pub generation: i32,
    /// The log's epoch, as last seen by it.
    pub epoch: i32,
    /// It holds the events up to here.
    pub position: i64,
    /// Position of the log's last event.
    pub head: i64,
    /// For how long the oldest event that it lacks has been in the log, in seconds by the database's clock; 0 if none.
    pub lag_seconds: f64,
    /// Streams that stopped at an event which could not be projected.
    pub parked: Vec<Parked>,
    /// The other generations and their states, `filling` or `retired`.
    pub others: Vec<(i32, &'static str)>,
}

impl Status {
    /// How many events it lacks; 0 also where the log ends before it, which the runner mends.
    pub fn lag_positions(&self) -> i64 {
        (self.head - self.position).max(0)
    }
}

impl Projector {
    /// How the read models are. A few index lookups.
    pub async fn status(&self) -> Result<Status, ProjectorError> {
        let mut connection = self.pool.acquire().await?;
        let generation = generation::serving(&mut connection).await?.ok_or(ProjectorError::NothingServes)?;
        let Checkpoint { epoch, position, .. } =
            Checkpoint::of(generation, &mut connection).await?.ok_or(ProjectorError::Lost)?;
        let head = self.reader.head().await?.position;
        let mut lag_seconds = 0.0;
        if let Some(lacking) = self.reader.after(position, 1).await?.first() {
            let now: OffsetDateTime =
                sqlx::query_scalar("select clock_timestamp()").fetch_one(&mut *connection).await?;
            lag_seconds = (now - lacking.recorded_at).as_seconds_f64().max(0.0);
        }
        let parked = ParkedStreams::of(generation, &mut connection).await?.list();
        let mut others = Vec::new();
        for state in ["filling", "retired"] {
            others.extend(generation::in_state(state, &mut connection).await?.into_iter().map(|other| (other, state)));
        }
        Ok(Status { generation, epoch, position, head, lag_seconds, parked, others })
    }
}
