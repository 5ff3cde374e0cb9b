//! How far a generation has come, and in which history.

use event_store::{Head, Reader, Recorded};
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// How far a generation has come: its tables hold exactly the events up to here.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Checkpoint {
    /// The log's epoch, as last seen.
    pub(crate) epoch: i32,
    /// Position of the last event; 0 before the first.
    pub(crate) position: i64,
    /// That event. A log that holds another there is another history: ids alone can be derived alike in two of them,
    /// ids and times cannot.
    event_id: Option<Uuid>,
    recorded_at: Option<OffsetDateTime>,
}

impl Checkpoint {
    /// Before the first event.
    pub(crate) fn start(epoch: i32) -> Self {
        Self { epoch, position: 0, event_id: None, recorded_at: None }
    }

    /// The checkpoint after `event`.
    pub(crate) fn after(&self, event: &Recorded) -> Self {
        Self {
            epoch: self.epoch,
            position: event.position,
            event_id: Some(event.event_id),
            recorded_at: Some(event.recorded_at),
        }
    }

    /// Whether `event` is the one at this checkpoint.
    pub(crate) fn is_at(&self, event: &Recorded) -> bool {
        self.position == event.position
            && self.event_id == Some(event.event_id)
            && self.recorded_at == Some(event.recorded_at)
    }

    /// The same place in the log's present epoch; none if the log is another history, or ends before it.
    pub(crate) async fn found_in(&self, reader: &Reader, head: &Head) -> Result<Option<Self>, sqlx::Error> {
        let found = self.position == 0
            || self.position <= head.position
                && reader.after(self.position - 1, 1).await?.first().is_some_and(|event| self.is_at(event));
        Ok(found.then(|| Self { epoch: head.epoch, ..self.clone() }))
    }

    /// A generation's checkpoint; none if there is no such generation.
    pub(crate) async fn of(generation: i32, connection: &mut PgConnection) -> Result<Option<Self>, sqlx::Error> {
        sqlx::query_as("select epoch, position, event_id, recorded_at from projection.checkpoint where generation = $1")
            .bind(generation)
            .fetch_optional(connection)
            .await
    }

    /// Holds a generation where it is until the transaction ends, whoever fills it. None if there is none.
    pub(crate) async fn hold(generation: i32, connection: &mut PgConnection) -> Result<Option<Self>, sqlx::Error> {
        sqlx::query_as(
            "select epoch, position, event_id, recorded_at from projection.checkpoint where generation = $1 for update",
        )
        .bind(generation)
        .fetch_optional(connection)
        .await
    }

    /// Moves a held generation on, and wakes whoever waits for it; false if it no longer is in `state`.
    ///
    /// The state is looked at by a statement of its own, after the lock: who changes it takes the lock first.
    pub(crate) async fn move_to(
        &self,
        generation: i32,
        state: &str,
        connection: &mut PgConnection,
    ) -> Result<bool, sqlx::Error> {
        let moved = sqlx::query(
            "with moved as ( \
                 update projection.checkpoint c \
                 set epoch = $2, position = $3, event_id = $4, recorded_at = $5 \
                 from projection.generation g \
                 where c.generation = $1 and g.generation = $1 and g.state = $6 returning g.state \
             ) \
             select case when state = 'serving' then pg_notify('hansard_read', $1::text || ':' || $3::text) end from moved",
        )
        .bind(generation)
        .bind(self.epoch)
        .bind(self.position)
        .bind(self.event_id)
        .bind(self.recorded_at)
        .bind(state)
        .fetch_optional(connection)
        .await?;
        Ok(moved.is_some())
    }
}
