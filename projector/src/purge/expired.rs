//! What is purged of what somebody wrote in one room in one month, once its key is gone because the room keeps messages for
//! a time only.

use std::collections::{HashMap, HashSet};

use event_store::{Keyring, Recorded};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{CHUNK, Pending};
use crate::error::ProjectorError;
use crate::event;
use crate::projection::Projection;
use crate::reactions::Reactions;
use crate::rows::Rows;

/// Their next messages, with their positions, forwarded by others too.
pub(super) async fn messages(
    connection: &mut PgConnection,
    schema: &str,
    pending: &Pending,
) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    sqlx::query_as(&format!(
        "(select id, position from {schema}.message where sender_id = $1 and author_id = $1 and room_id = $4 \
             and type = 'message' and sent_at >= $5 and sent_at < $6 and ordinal > coalesce( \
                 (select ordinal from {schema}.message where room_id = $4 and position = $2), 0) \
             order by ordinal limit $3) \
         union all \
         (select id, position from {schema}.message where author_id = $1 and author_id <> sender_id and room_id = $4 \
             and type = 'message' and sent_at >= $5 and sent_at < $6 and position > $2 order by position limit $3) \
         order by position limit $3"
    ))
    .bind(pending.user_id)
    .bind(pending.sent_up_to)
    .bind(CHUNK)
    .bind(pending.room_id)
    .bind(pending.since)
    .bind(pending.before)
    .fetch_all(connection)
    .await
}

/// Takes back their next reactions that do not open any more; up to the message at which position, or none if there are no
/// more. What stands after it is what a replay of these reactions up to `until` makes, as one of them may open and another,
/// of another month, not.
pub(super) async fn purge_reactions(
    connection: &mut PgConnection,
    keyring: &Keyring,
    schema: &str,
    pending: &Pending,
    until: i64,
) -> Result<Option<i64>, ProjectorError> {
    let user = pending.user_id;
    let chunk: Vec<(Uuid, i64)> = sqlx::query_as(&format!(
        "select r.message_id, m.position from {schema}.reaction r join {schema}.message m on m.id = r.message_id \
         where r.user_id = $1 and r.emoji <> '{{}}' and m.room_id = $2 and m.position > $3 order by m.position limit $4"
    ))
    .bind(user)
    .bind(pending.room_id)
    .bind(pending.reacted_up_to)
    .bind(CHUNK)
    .fetch_all(&mut *connection)
    .await?;
    let stands = replayed(connection, keyring, user, &chunk, until).await?;
    for (message, _) in &chunk {
        let stands = stands.get(message).map_or(&[][..], Vec::as_slice);
        sqlx::query(&format!(
            "with gone as materialized ( \
                 select e.emoji from {schema}.reaction r cross join unnest(r.emoji) e (emoji) \
                 where r.message_id = $1 and r.user_id = $2 and e.emoji <> all($3) \
             ), last as ( \
                 delete from {schema}.reaction_count c using gone \
                 where c.message_id = $1 and c.emoji = gone.emoji and c.count = 1 \
             ), others as ( \
                 update {schema}.reaction_count c set count = c.count - 1 from gone \
                 where c.message_id = $1 and c.emoji = gone.emoji and c.count > 1 \
             ) \
             update {schema}.reaction set emoji = $3 where message_id = $1 and user_id = $2 and emoji <> $3"
        ))
        .bind(message)
        .bind(user)
        .bind(stands)
        .execute(&mut *connection)
        .await?;
    }
    Ok(chunk.last().map(|(_, position)| *position))
}

/// What somebody's reactions to these messages come to with today's keys, by the code that projects them.
async fn replayed(
    connection: &mut PgConnection,
    keyring: &Keyring,
    user: Uuid,
    messages: &[(Uuid, i64)],
    until: i64,
) -> Result<HashMap<Uuid, Vec<String>>, ProjectorError> {
    let streams: Vec<_> = messages.iter().map(|(message, _)| format!("{message}:{user}")).collect();
    let events: Vec<Recorded> = sqlx::query_as(
        "select position, event_id, aggregate_type, aggregate_id, sequence, event_type, event_version, recorded_at, \
             payload::text as payload, metadata::text as metadata \
         from log.events where aggregate_type = 'reaction' and aggregate_id = any($1) and position <= $2 order by position",
    )
    .bind(streams)
    .bind(until)
    .fetch_all(connection)
    .await?;
    keyring.hear().await?;
    let (mut rows, mut parked) = (Box::<Rows>::default(), HashSet::new());
    for opened in event::open(keyring, events).await? {
        let stream = opened.recorded.stream();
        if !parked.contains(&stream) && opened.event.and_then(|event| Reactions::project(&mut rows, &event)).is_err() {
            parked.insert(stream);
        }
    }
    Ok(rows.reactions.iter().map(|reaction| (reaction.message_id, reaction.emoji.clone())).collect())
}

/// Wipes why they banned somebody.
pub(super) async fn purge_rest(
    connection: &mut PgConnection,
    schema: &str,
    pending: &Pending,
) -> Result<(), sqlx::Error> {
    sqlx::query(&format!(
        "update {schema}.membership set ban_reason = null \
         where banned_by = $1 and room_id = $2 and banned_at >= $3 and banned_at < $4 and ban_reason is not null"
    ))
    .bind(pending.user_id)
    .bind(pending.room_id)
    .bind(pending.since)
    .bind(pending.before)
    .execute(connection)
    .await?;
    Ok(())
}
