//! Noting what is to be purged, in the transaction that projects the event that erased it.

use domain::file::FileEvent;
use domain::retention::RetentionEvent;
use domain::sealed::KeyName;
use domain::user::UserEvent;
use sqlx::{Executor, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::checkpoint::Checkpoint;
use crate::event::{Event, Fact, Opened};
use crate::files;
use crate::generation::{self, State};

/// Names that are taken at once.
const NAMES: usize = 500;

/// Notes what is to be purged because of `events`, as part of the transaction that projects them into a generation: in
/// it and in those that have not come as far, which nobody may fill any more; if it serves, in all others. Whether there
/// is anything.
///
/// A generation that was made after the key was destroyed has never held a word of it.
pub(crate) async fn schedule(
    connection: &mut PgConnection,
    generation: i32,
    state: State,
    events: &[Opened],
) -> Result<bool, sqlx::Error> {
    let (all, mut any, mut names) = (state == State::Serving, false, vec![]);
    for opened in events {
        let Ok(Event { fact, position, .. }) = &opened.event else { continue };
        let into = Into { generation, all, position: *position };
        if let Fact::User(user, UserEvent::UserErased { .. }) = fact {
            into.note_account(connection, *user).await?;
            any = true;
        } else if let Fact::Retention(RetentionEvent::MessagesExpired { erasure, .. }) = fact {
            into.note_months(connection, &erasure.keys).await?;
            any = true;
        } else if let Fact::File(_, FileEvent::FileDeleted { erasure: Some(erasure), .. }) = fact {
            names.extend(names_of(&erasure.keys, *position));
        }
    }
    note_names(connection, generation, all, &names).await?;
    Ok(any || !names.is_empty())
}

/// Notes, in every generation there is, what is to be purged because keys were destroyed by what happened at `position`, of
/// which these read models will not hear. What files were called, which nothing else hides, goes at once. In a
/// transaction of the owner's.
pub async fn forget(connection: &mut PgConnection, keys: &[KeyName], position: i64) -> Result<(), sqlx::Error> {
    let into = Into { generation: 0, all: true, position };
    for user in keys.iter().filter_map(|key| key.as_str().strip_prefix("user/")?.parse().ok()) {
        into.note_account(connection, user).await?;
    }
    into.note_months(connection, keys).await?;
    take_names(keys, connection).await
}

async fn take_names(keys: &[KeyName], connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let named: Vec<_> = keys.iter().filter_map(KeyName::filename_of).map(|(_, file)| file.0).collect();
    if named.is_empty() {
        return Ok(());
    }
    connection.execute("set local role hansard_projector").await?;
    let generations: Vec<i32> = sqlx::query_scalar("select generation from projection.generation order by generation")
        .fetch_all(&mut *connection)
        .await?;
    for generation in generations {
        Checkpoint::hold(generation, connection).await?;
        for named in named.chunks(NAMES) {
            files::forget_names(named, connection, &generation::schema(generation)).await?;
        }
    }
    connection.execute("reset role").await?;
    Ok(())
}

/// The files whose names these keys sealed, each with where they were destroyed.
fn names_of(keys: &[KeyName], position: i64) -> impl Iterator<Item = (Uuid, i64)> {
    keys.iter().filter_map(KeyName::filename_of).map(move |(_, file)| (file.0, position))
}

/// Notes, in a generation or in all, files that may have their names there, which no key opens since what happened at
/// their positions.
async fn note_names(
    connection: &mut PgConnection,
    generation: i32,
    all: bool,
    names: &[(Uuid, i64)],
) -> Result<(), sqlx::Error> {
    if names.is_empty() {
        return Ok(());
    }
    let (files, positions): (Vec<_>, Vec<_>) = names.iter().copied().unzip();
    sqlx::query(
        "insert into projection.purge_name (generation, file_id, position) \
         select g.generation, n.file_id, n.position from projection.generation g \
         left join projection.checkpoint c using (generation) \
         cross join unnest($3::uuid[], $4::bigint[]) n (file_id, position) \
         where (g.generation = $1 or $2 or c.position < n.position) and g.made_at < n.position \
         for key share of g on conflict do nothing",
    )
    .bind(generation)
    .bind(all)
    .bind(files)
    .bind(positions)
    .execute(connection)
    .await?;
    Ok(())
}

/// Where it is noted, and because of what.
struct Into {
    generation: i32,
    /// Whether in all other generations too.
    all: bool,
    /// Of the event that erased.
    position: i64,
}

impl Into {
    async fn note_account(&self, connection: &mut PgConnection, user: Uuid) -> Result<(), sqlx::Error> {
        sqlx::query(
            "insert into projection.purge (generation, user_id, position, done_at) \
             select generation, $1, $2, case when made_at >= $2 then clock_timestamp() end \
             from projection.generation left join projection.checkpoint c using (generation) \
             where generation = $3 or $4 or c.position < $2 for key share of generation on conflict do nothing",
        )
        .bind(user)
        .bind(self.position)
        .bind(self.generation)
        .bind(self.all)
        .execute(connection)
        .await?;
        Ok(())
    }

    /// A row for each key: an event has a bounded number of them.
    async fn note_months(&self, connection: &mut PgConnection, keys: &[KeyName]) -> Result<(), sqlx::Error> {
        let (mut users, mut rooms, mut since, mut before) = (vec![], vec![], vec![], vec![]);
        for (user, room, from, to) in keys.iter().filter_map(span) {
            users.push(user);
            rooms.push(room);
            since.push(from);
            before.push(to);
        }
        sqlx::query(
            "insert into projection.purge (generation, user_id, position, done_at, room_id, since, before) \
             select generation, k.user_id, $1, case when made_at >= $1 then clock_timestamp() end, \
                 k.room_id, k.since, k.before \
             from projection.generation left join projection.checkpoint c using (generation) cross join \
                 unnest($4::uuid[], $5::uuid[], $6::timestamptz[], $7::timestamptz[]) k (user_id, room_id, since, before) \
             where generation = $2 or $3 or c.position < $1 for key share of generation on conflict do nothing",
        )
        .bind(self.position)
        .bind(self.generation)
        .bind(self.all)
        .bind(users)
        .bind(rooms)
        .bind(since)
        .bind(before)
        .execute(connection)
        .await?;
        Ok(())
    }
}

/// Who wrote where, and from when to when, what is sealed with a key of content.
pub(crate) fn span(key: &KeyName) -> Option<(Uuid, Uuid, OffsetDateTime, OffsetDateTime)> {
    let (author, room, month) = key.content_of()?;
    Some((author.0, room.0, month.start()?, month.end()?))
}
