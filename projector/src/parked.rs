//! Streams that stopped at an event which could not be projected.

use std::collections::HashMap;

use event_store::Recorded;
use sqlx::PgConnection;

use crate::projection::Poison;

/// A stream that stopped at an event which could not be projected; its later events are left out too.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Parked {
    /// Kind of the stream.
    pub aggregate_type: String,
    /// Its id within the kind.
    pub aggregate_id: String,
    /// Sequence of the event that could not be projected.
    pub sequence: i64,
    /// Its position.
    pub position: i64,
    /// Its type.
    pub event_type: String,
    /// What is wrong with it; tells nothing that is sealed.
    pub reason: String,
    /// How many later events of the stream were left out.
    pub skipped: i64,
}

impl Parked {
    /// The stream's name, `<kind>-<id>`.
    pub fn stream(&self) -> String {
        format!("{}-{}", self.aggregate_type, self.aggregate_id)
    }

    /// It is parked no longer.
    pub(crate) async fn forget(&self, generation: i32, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query(
            "delete from projection.parked where generation = $1 and aggregate_type = $2 and aggregate_id = $3",
        )
        .bind(generation)
        .bind(&self.aggregate_type)
        .bind(&self.aggregate_id)
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// The parked streams of what is being filled. Nobody else parks there, as long as the
/// checkpoint is where we left it; but whoever unparks one takes it out.
#[derive(Clone, Debug, Default)]
pub(crate) struct ParkedStreams {
    streams: HashMap<(String, String), Parked>,
}

/// What a batch adds to them.
#[derive(Debug, Default)]
pub(crate) struct Parking {
    parked: HashMap<(String, String), Parked>,
    /// More events were left out; the count is the new whole.
    skipped: HashMap<(String, String), i64>,
}

impl ParkedStreams {
    pub(crate) async fn of(generation: i32, connection: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let rows: Vec<Parked> = sqlx::query_as("select * from projection.parked where generation = $1")
            .bind(generation)
            .fetch_all(connection)
            .await?;
        Ok(Self { streams: rows.into_iter().map(|row| (key(&row.aggregate_type, &row.aggregate_id), row)).collect() })
    }

    /// By position.
    pub(crate) fn list(&self) -> Vec<Parked> {
        let mut list: Vec<_> = self.streams.values().cloned().collect();
        list.sort_by_key(|parked| parked.position);
        list
    }

    pub(crate) fn len(&self) -> usize {
        self.streams.len()
    }

    /// Leaves the event out if its stream is parked.
    pub(crate) fn leaves_out(&self, parking: &mut Parking, event: &Recorded) -> bool {
        if self.streams.is_empty() && parking.parked.is_empty() {
            return false;
        }
        let key = key(&event.aggregate_type, &event.aggregate_id);
        if let Some(parked) = parking.parked.get_mut(&key) {
            parked.skipped += 1;
        } else if let Some(parked) = self.streams.get(&key) {
            *parking.skipped.entry(key).or_insert(parked.skipped) += 1;
        } else {
            return false;
        }
        true
    }

    /// Takes over what a committed batch added.
    pub(crate) fn take(&mut self, parking: Parking) {
        for (key, skipped) in parking.skipped {
            if let Some(parked) = self.streams.get_mut(&key) {
                parked.skipped = skipped;
            }
        }
        self.streams.extend(parking.parked);
    }
}

impl Parking {
    /// Parks the event's stream.
    pub(crate) fn park(&mut self, event: &Recorded, poison: &Poison) {
        let parked = Parked {
            aggregate_type: event.aggregate_type.clone(),
            aggregate_id: event.aggregate_id.clone(),
            sequence: event.sequence,
            position: event.position,
            event_type: event.event_type.clone(),
            reason: poison.to_string(),
            skipped: 0,
        };
        self.parked.insert(key(&event.aggregate_type, &event.aggregate_id), parked);
    }

    /// The streams that it adds.
    pub(crate) fn parked(&self) -> impl Iterator<Item = &Parked> {
        self.parked.values()
    }

    /// Writes it down for a generation. A statement a row: there is hardly ever one.
    pub(crate) async fn store(&self, generation: i32, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        for parked in self.parked.values() {
            sqlx::query("insert into projection.parked values ($1, $2, $3, $4, $5, $6, $7, $8)")
                .bind(generation)
                .bind(&parked.aggregate_type)
                .bind(&parked.aggregate_id)
                .bind(parked.sequence)
                .bind(parked.position)
                .bind(&parked.event_type)
                .bind(&parked.reason)
                .bind(parked.skipped)
                .execute(&mut *connection)
                .await?;
        }
        for ((aggregate_type, aggregate_id), skipped) in &self.skipped {
            sqlx::query(
                "update projection.parked set skipped = $4 \
                 where generation = $1 and aggregate_type = $2 and aggregate_id = $3",
            )
            .bind(generation)
            .bind(aggregate_type)
            .bind(aggregate_id)
            .bind(skipped)
            .execute(&mut *connection)
            .await?;
        }
        Ok(())
    }
}

fn key(aggregate_type: &str, aggregate_id: &str) -> (String, String) {
    (aggregate_type.to_owned(), aggregate_id.to_owned())
}
