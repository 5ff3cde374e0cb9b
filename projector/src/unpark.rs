//! Going through a parked stream again, once its events can be projected.

use event_store::{BEGIN, Recorded};
use sqlx::{Connection, PgConnection};

use crate::Progress;
use crate::checkpoint::Checkpoint;
use crate::error::ProjectorError;
use crate::event::{self, Opened};
use crate::generation::{self, Fit, State};
use crate::parked::{Parked, ParkedStreams};
use crate::projection::{ALL, Poison};
use crate::projector::Projector;
use crate::purge;
use crate::rebuild::Rebuilt;
use crate::rows::Rows;
use crate::target::{Target, code, refuses_rows};

/// Kinds of streams that touch rows of their own alone, or sums: it does not matter when their events are projected, and
/// none of those rows is [`crate::rows::Kept`] by who follows. All others have a place among what else happened in a room.
const ALONE: [&str; 12] = [
    "user", "session", "settings", "reading", "reaction", "invite", "file", "erasure", "admins", "audit", "holds",
    "blob",
];

/// How a stream came to be projected again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unparked {
    /// Its events were projected upon the rows that serve.
    InPlace {
        /// How many.
        events: usize,
    },
    /// The read models were made anew, as its events have their places among others'.
    Rebuilt(Rebuilt),
}

impl Projector {
    /// Goes through the events of a parked stream, `<kind>-<id>`, again, in their order. If one still cannot be projected
    /// nothing changes. Read models are rebuilt if that is what it takes for them to equal a replay.
    pub async fn unpark(
        &self,
        stream: &str,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Unparked, ProjectorError> {
        let mut connection = self.pool.acquire().await?.detach();
        if let Some(events) = self.unpark_in_place(stream, &mut connection).await? {
            tracing::info!(stream, events, "a parked stream is projected again");
            return Ok(Unparked::InPlace { events });
        }
        drop(connection);
        let rebuilt = self.rebuild(progress).await?;
        let mut connection = self.pool.acquire().await?;
        match find(stream, rebuilt.generation, &mut connection).await {
            Ok(Parked { sequence, position, reason, .. }) => {
                Err(ProjectorError::StillPoisonous { stream: stream.to_owned(), sequence, position, reason })
            }
            Err(ProjectorError::NotParked { .. }) => Ok(Unparked::Rebuilt(rebuilt)),
            Err(error) => Err(error),
        }
    }

    /// How many events were projected; none if they could be, but not here.
    async fn unpark_in_place(
        &self,
        stream: &str,
        connection: &mut PgConnection,
    ) -> Result<Option<usize>, ProjectorError> {
        let mut transaction = connection.begin_with(BEGIN).await?;
        let generation = generation::serving(&mut transaction).await?.ok_or(ProjectorError::NothingServes)?;
        if generation::fit(generation, &mut transaction).await? != Fit::Same {
            return Err(ProjectorError::OtherVersions);
        }
        let held = Checkpoint::hold(generation, &mut transaction).await?.ok_or(ProjectorError::Lost)?;
        let parked = find(stream, generation, &mut transaction).await?;
        let events = left_out(&parked, held.position, &mut transaction).await?;
        self.keyring.hear().await?;
        let events = event::open(&self.keyring, events).await?;
        for opened in &events {
            let projected = project_one(opened, &generation::schema(generation), &mut transaction).await?;
            projected.map_err(|poison| still(stream, &opened.recorded, poison.to_string()))?;
        }
        if !ALONE.contains(&&*parked.aggregate_type) {
            return Ok(None);
        }
        parked.forget(generation, &mut transaction).await?;
        let erased = purge::schedule(&mut transaction, generation, State::Serving, &events).await?;
        transaction.commit().await?;
        if erased {
            self.erased.notify_one();
        }
        Ok(Some(events.len()))
    }
}

/// Projects an event by itself, as it may be that only what came after it is right.
async fn project_one(
    opened: &Opened,
    schema: &str,
    connection: &mut PgConnection,
) -> Result<Result<(), Poison>, sqlx::Error> {
    let event = match &opened.event {
        Ok(event) => event,
        Err(poison) => return Ok(Err(poison.clone())),
    };
    let mut rows = Box::<Rows>::default();
    Target::want(&mut rows, std::slice::from_ref(opened));
    rows.load(connection, schema).await?;
    if let Err(poison) = ALL.iter().try_for_each(|projection| (projection.project)(&mut rows, event)) {
        return Ok(Err(poison));
    }
    match rows.store(connection, schema).await {
        Err(error) if refuses_rows(&error) => Ok(Err(Poison::Refused(code(&error)))),
        stored => Ok(Ok(stored?)),
    }
}

/// A generation's parked stream.
async fn find(stream: &str, generation: i32, connection: &mut PgConnection) -> Result<Parked, ProjectorError> {
    let parked = ParkedStreams::of(generation, connection).await?.list();
    let found = parked.into_iter().find(|parked| parked.stream() == stream);
    found.ok_or_else(|| ProjectorError::NotParked { stream: stream.to_owned() })
}

/// The events of a parked stream that were left out up to a position, the one that could not be projected first.
async fn left_out(parked: &Parked, until: i64, connection: &mut PgConnection) -> Result<Vec<Recorded>, sqlx::Error> {
    sqlx::query_as(
        "select position, event_id, aggregate_type, aggregate_id, sequence, event_type, event_version, recorded_at, \
             payload::text as payload, metadata::text as metadata \
         from log.events where aggregate_type = $1 and aggregate_id = $2 and sequence >= $3 and position <= $4 \
         order by sequence",
    )
    .bind(&parked.aggregate_type)
    .bind(&parked.aggregate_id)
    .bind(parked.sequence)
    .bind(until)
    .fetch_all(connection)
    .await
}

fn still(stream: &str, recorded: &Recorded, reason: String) -> ProjectorError {
    let Recorded { sequence, position, .. } = *recorded;
    ProjectorError::StillPoisonous { stream: stream.to_owned(), sequence, position, reason }
}
