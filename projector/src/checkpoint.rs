//! How far a generation has come, and in which history.

use event_store::{Head, Reader, Recorded};
use sqlx::{Arguments, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::generation::State;
use crate::rows::Writes;

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

    /// A transaction's beginning, and that it holds a generation, wherever it is, until it ends.
    pub(crate) fn held(begin: &str, generation: i32) -> String {
        format!("{begin}; select from projection.checkpoint where generation = {generation} for update")
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

    /// Moves a held generation here, and wakes whoever waits for it; false if it was not at `from`, or not in `state`.
    pub(crate) async fn move_from(
        &self,
        from: &Self,
        generation: (i32, State),
        connection: &mut PgConnection,
    ) -> Result<bool, sqlx::Error> {
        let mut writes = Writes::default();
        self.moved_from(from, generation, &mut writes)?;
        Ok(writes.execute(connection).await? > 0)
    }

    /// The same with other writes, as the last of them.
    ///
    /// The state is looked at by a statement that comes after the lock: who changes it takes the lock first.
    pub(crate) fn moved_from(
        &self,
        from: &Self,
        (generation, state): (i32, State),
        writes: &mut Writes,
    ) -> Result<(), sqlx::Error> {
        let statement = |bound: usize| {
            let place = |place: usize| format!("${}", bound + place);
            let (generation, state, position) = (place(1), place(2), place(4));
            format!(
                "update projection.checkpoint c \
                 set epoch = {}, position = {position}, event_id = {}, recorded_at = {} from projection.generation g \
                 where c.generation = {generation} and g.generation = {generation} and g.state = {state} \
                 and c.epoch = {} and c.position = {} and c.event_id is not distinct from {} \
                 and c.recorded_at is not distinct from {} \
                 returning case when {state} = 'serving' \
                 then pg_notify('hansard_read', {generation}::text || ':' || {position}::text) end",
                place(3),
                place(5),
                place(6),
                place(7),
                place(8),
                place(9),
                place(10),
            )
        };
        writes.finish(statement, |arguments| {
            arguments.add(generation)?;
            arguments.add(state.name())?;
            for checkpoint in [self, from] {
                arguments.add(checkpoint.epoch)?;
                arguments.add(checkpoint.position)?;
                arguments.add(checkpoint.event_id)?;
                arguments.add(checkpoint.recorded_at)?;
            }
            Ok(())
        })
    }
}
