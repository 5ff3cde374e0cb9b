//! Generations of read models: schemas `read_v1`, `read_v2`, ..., of which one serves, and some may stay in the past.

use std::collections::BTreeMap;
use std::time::Duration;

use event_store::Head;
use sqlx::error::DatabaseError;
use sqlx::{Executor, PgConnection};

use crate::checkpoint::Checkpoint;
use crate::error::ProjectorError;
use crate::{event_index, projection};

/// What a generation is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Filling,
    Serving,
    /// Another serves in its place: it is where it was then.
    Retired,
    /// Stays at a position.
    Past,
}

impl State {
    /// As stored.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Filling => "filling",
            Self::Serving => "serving",
            Self::Retired => "retired",
            Self::Past => "past",
        }
    }
}

/// How the versions that filled a generation stand to this code's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// The same.
    Same,
    /// Older, or some are missing: to be rebuilt.
    Older,
    /// Some are newer, or unknown here: a newer program serves, which this one must not undo.
    Newer,
}

/// The schema of a generation.
pub(crate) fn schema(generation: i32) -> String {
    format!("read_v{generation}")
}

/// The generation that serves.
pub(crate) async fn serving(connection: &mut PgConnection) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar("select generation from projection.generation where state = 'serving'")
        .fetch_optional(connection)
        .await
}

/// The generations in a state other than serving: with `filling` the ones to go on with.
pub(crate) async fn in_state(state: &str, connection: &mut PgConnection) -> Result<Vec<i32>, sqlx::Error> {
    sqlx::query_scalar("select generation from projection.generation where state = $1 order by generation")
        .bind(state)
        .fetch_all(connection)
        .await
}

/// The generation that served last before the one that does, if it is kept.
pub(crate) async fn retired(connection: &mut PgConnection) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar(
        "select generation from projection.generation where state = $1 order by served_at desc, generation desc limit 1",
    )
    .bind(State::Retired.name())
    .fetch_optional(connection)
    .await
}

/// How the versions that filled a generation stand to this code's.
pub(crate) async fn fit(generation: i32, connection: &mut PgConnection) -> Result<Fit, sqlx::Error> {
    let recorded: Vec<(String, i32)> =
        sqlx::query_as("select projection, version from projection.version where generation = $1")
            .bind(generation)
            .fetch_all(connection)
            .await?;
    let (recorded, ours): (BTreeMap<_, _>, BTreeMap<_, _>) = (recorded.into_iter().collect(), versions().collect());
    let newer = recorded.iter().any(|(name, version)| ours.get(name).is_none_or(|ours| version > ours));
    Ok(if recorded == ours {
        Fit::Same
    } else if newer {
        Fit::Newer
    } else {
        Fit::Older
    })
}

/// Makes the next generation, empty, for the log that ends at `head`. The caller's transaction makes it whole or not at
/// all.
///
/// One that is to be filled before it serves gets its indexes when it is full: that costs less.
pub(crate) async fn create(connection: &mut PgConnection, head: &Head, state: State) -> Result<i32, sqlx::Error> {
    let generation: i32 = sqlx::query_scalar("select coalesce(max(generation), 0) + 1 from projection.generation")
        .fetch_one(&mut *connection)
        .await?;
    create_tables(connection, &schema(generation)).await?;
    if state == State::Serving {
        create_indexes(connection, &schema(generation)).await?;
    }
    let begins_as = if state == State::Past { State::Past } else { State::Filling };
    sqlx::query("insert into projection.generation (generation, state, made_at) values ($1, $2, $3)")
        .bind(generation)
        .bind(begins_as.name())
        .bind(head.position)
        .execute(&mut *connection)
        .await?;
    for (name, version) in versions() {
        sqlx::query("insert into projection.version (generation, projection, version) values ($1, $2, $3)")
            .bind(generation)
            .bind(name)
            .bind(version)
            .execute(&mut *connection)
            .await?;
    }
    sqlx::query("insert into projection.checkpoint (generation, epoch, position) values ($1, $2, $3)")
        .bind(generation)
        .bind(head.epoch)
        .bind(Checkpoint::start(head.epoch).position)
        .execute(connection)
        .await?;
    Ok(generation)
}

/// Makes a schema and the tables of every projection in it.
pub(crate) async fn create_tables(connection: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
    sqlx::query("set local role hansard_projector").execute(&mut *connection).await?;
    sqlx::query("select projection.create_schema($1)").bind(schema).execute(&mut *connection).await?;
    sqlx::query(&format!("set local search_path to {schema}")).execute(&mut *connection).await?;
    for (tables, _) in ddl() {
        connection.execute(tables).await?;
    }
    Ok(())
}

/// Makes the indexes that queries need, as far as they are missing; projecting needs none but those of the keys.
async fn create_indexes(connection: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
    for index in indexes() {
        create_index(connection, schema, index).await?;
    }
    Ok(())
}

/// Makes one of [`indexes`], if it is missing.
pub(crate) async fn create_index(
    connection: &mut PgConnection,
    schema: &str,
    index: &'static str,
) -> Result<(), sqlx::Error> {
    connection.execute("set local role hansard_projector; set local maintenance_work_mem = '256MB'").await?;
    sqlx::query(&format!("set local search_path to {schema}")).execute(&mut *connection).await?;
    connection.execute(index).await?;
    Ok(())
}

/// The statements that make the indexes that queries need.
pub(crate) fn indexes() -> impl Iterator<Item = &'static str> {
    ddl().flat_map(|(_, indexes)| indexes.split_inclusive(";\n"))
}

/// Lets a generation serve in the place of whichever does. The caller's transaction makes it one step for queries.
///
/// Waits for the queries that run, and new ones wait for it: `lock_timeout` bounds both.
pub(crate) async fn serve(connection: &mut PgConnection, generation: i32) -> Result<(), sqlx::Error> {
    connection.execute("set local role hansard_projector; set local lock_timeout = '1s'").await?;
    sqlx::query("update projection.generation set state = 'retired' where state = 'serving'")
        .execute(&mut *connection)
        .await?;
    sqlx::query("update projection.generation set state = 'serving', served_at = now() where generation = $1")
        .bind(generation)
        .execute(&mut *connection)
        .await?;
    sqlx::query("select projection.serve($1)").bind(generation).execute(connection).await?;
    Ok(())
}

/// The past generation that a schema shows.
pub(crate) async fn shown_as(schema: &str, connection: &mut PgConnection) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar("select generation from projection.generation where views = $1")
        .bind(schema)
        .fetch_optional(connection)
        .await
}

/// The past generations that no schema shows: on their way, or left by who was killed.
pub(crate) async fn unshown(connection: &mut PgConnection) -> Result<Vec<i32>, sqlx::Error> {
    sqlx::query_scalar("select generation from projection.generation where state = $1 and views is null")
        .bind(State::Past.name())
        .fetch_all(connection)
        .await
}

/// Drops a generation that does not serve, with all of its rows, and the schema that shows it. Whoever uses one of its
/// tables is waited for so long.
pub(crate) async fn drop(
    connection: &mut PgConnection,
    generation: i32,
    patience: Duration,
) -> Result<(), ProjectorError> {
    match dropped(connection, generation, patience).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(ProjectorError::NotToBeDropped { generation }),
        Err(error) if is_lock_timeout(&error) => Err(ProjectorError::InUse { generation }),
        Err(error) => Err(error.into()),
    }
}

/// Whether there was one to be dropped.
///
/// Nobody waits behind this who reads or fills what serves: whatever is noted of every generation refers to this one's row,
/// which is only held until the tables are gone. Its checkpoint is held before its tables, as by whoever purges it.
async fn dropped(connection: &mut PgConnection, generation: i32, patience: Duration) -> Result<bool, sqlx::Error> {
    let limit = patience.as_millis();
    connection.execute(&*format!("set local role hansard_projector; set local lock_timeout = '{limit}ms'")).await?;
    let held = sqlx::query_scalar::<_, Option<String>>(
        "select views from projection.generation where generation = $1 and state <> 'serving' for no key update",
    );
    let Some(views) = held.bind(generation).fetch_optional(&mut *connection).await? else { return Ok(false) };
    Checkpoint::hold(generation, connection).await?;
    if let Some(views) = views {
        connection.execute(&*format!("drop schema if exists {views} cascade")).await?;
    }
    // Nothing else depends on its tables: views point at the generation that serves.
    connection.execute(&*format!("drop schema if exists {} cascade", schema(generation))).await?;
    sqlx::query("delete from projection.generation where generation = $1").bind(generation).execute(connection).await?;
    Ok(true)
}

/// Whether a lock was not given in time.
pub(crate) fn is_lock_timeout(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(DatabaseError::code).as_deref() == Some("55P03")
}

/// What makes tables, and what makes their indexes.
fn ddl() -> impl Iterator<Item = (&'static str, &'static str)> {
    let files = projection::ALL.iter().map(|projection| projection.ddl).chain([event_index::DDL]);
    files.map(|file| file.split_once("\n-- Indexes.\n").unwrap_or((file, "")))
}

/// The versions of this code.
fn versions() -> impl Iterator<Item = (String, i32)> {
    let index = (event_index::NAME, event_index::VERSION);
    let payloads = projection::ALL.iter().map(|projection| (projection.name, projection.version));
    payloads.chain([index]).map(|(name, version)| (name.to_owned(), version))
}
