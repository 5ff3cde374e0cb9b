//! How the read models are: for operators, `/readyz` and metrics.

use std::time::Duration;

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
    /// The other generations.
    pub others: Vec<Other>,
}

/// A generation that does not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Other {
    /// Its number.
    pub generation: i32,
    /// `filling`, `retired` or `past`.
    pub state: &'static str,
    /// It holds the events up to here.
    pub position: i64,
}

/// How fast something that is behind the log moves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pacing {
    /// Events a second.
    pub rate: f64,
    /// How long until it holds all that the log holds by then; none if it does not come nearer.
    pub left: Option<Duration>,
}

impl Status {
    /// How many events it lacks; 0 also where the log ends before it, which the runner mends.
    pub fn lag_positions(&self) -> i64 {
        (self.head - self.position).max(0)
    }

    /// Whether anything is on its way to the log's end.
    pub fn is_moving(&self) -> bool {
        self.lag_positions() > 0 || self.others.iter().any(|other| other.state == "filling")
    }

    /// How fast what serves has moved since `before`, which was so long ago.
    pub fn pacing(&self, before: &Self, ago: Duration) -> Pacing {
        Pacing::of((before.position, before.head), (self.position, self.head), ago)
    }

    /// The same of another generation; none if it was not there before.
    pub fn pacing_of(&self, other: &Other, before: &Self, ago: Duration) -> Option<Pacing> {
        let was = before.others.iter().find(|was| was.generation == other.generation)?;
        Some(Pacing::of((was.position, before.head), (other.position, self.head), ago))
    }
}

impl Pacing {
    /// From a position and the log's end to another position and the log's end, in so long.
    #[expect(clippy::cast_precision_loss, reason = "positions stay below 2^53")]
    fn of((from, head): (i64, i64), (to, end): (i64, i64), ago: Duration) -> Self {
        let per_second = |events: i64| events as f64 / ago.as_secs_f64().max(f64::EPSILON);
        let (rate, nearer) = (per_second(to - from), per_second((to - from) - (end - head)));
        let lacks = (end - to).max(0) as f64;
        let left = (nearer > 0.0).then(|| Duration::try_from_secs_f64(lacks / nearer).ok()).flatten();
        Self { rate, left: if lacks > 0.0 { left } else { Some(Duration::ZERO) } }
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
        for state in ["filling", "retired", "past"] {
            for generation in generation::in_state(state, &mut connection).await? {
                let checkpoint = Checkpoint::of(generation, &mut connection).await?;
                let position = checkpoint.map_or(0, |checkpoint| checkpoint.position);
                others.push(Other { generation, state, position });
            }
        }
        Ok(Status { generation, epoch, position, head, lag_seconds, parked, others })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECONDS: Duration = Duration::from_secs(2);

    #[test]
    fn what_comes_nearer_tells_when_it_is_there() {
        let pacing = Pacing::of((100, 1000), (300, 1000), SECONDS);
        assert_eq!((pacing.rate, pacing.left), (100.0, Some(Duration::from_secs(7))));
        // The log goes on meanwhile, half as fast.
        let pacing = Pacing::of((100, 1000), (300, 1100), SECONDS);
        assert_eq!((pacing.rate, pacing.left), (100.0, Some(Duration::from_secs(16))));
    }

    #[test]
    fn what_stands_still_or_falls_behind_never_is() {
        assert_eq!(Pacing::of((100, 1000), (100, 1000), SECONDS), Pacing { rate: 0.0, left: None });
        assert_eq!(Pacing::of((100, 1000), (200, 1100), SECONDS), Pacing { rate: 50.0, left: None });
        assert_eq!(Pacing::of((100, 100), (100, 100), SECONDS), Pacing { rate: 0.0, left: Some(Duration::ZERO) });
    }
}
