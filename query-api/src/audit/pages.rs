//! Pages of the log, by position.

use event_store::Recorded;
use sqlx::{PgPool, Postgres, QueryBuilder};

use super::filter::MOST;
use super::{Filter, Span};

/// What is fetched of an event.
pub(super) const COLUMNS: &str = "e.position, e.event_id, e.aggregate_type, e.aggregate_id, e.sequence, e.event_type, \
    e.event_version, e.recorded_at, e.payload::text as payload, e.metadata::text as metadata";

/// Up to `most` events of `span` that fit, in order.
///
/// Written anew for each kind of filter, so that each is a scan of the index that fits it: the log's by stream, the
/// index of events and that of messages by room, actor or type, the log's by position.
pub(super) async fn page(pool: &PgPool, filter: &Filter, span: Span, most: i64) -> Result<Vec<Recorded>, sqlx::Error> {
    let mut sql = QueryBuilder::<Postgres>::new("select ");
    sql.push(COLUMNS);
    if let Some((kind, id)) = &filter.stream {
        sql.push(" from log.events e where e.aggregate_type = ").push_bind(kind);
        sql.push(" and e.aggregate_id = ").push_bind(id);
        within(&mut sql, "e", span);
        if let Some(event_type) = &filter.event_type {
            sql.push(" and e.event_type = ").push_bind(event_type);
        }
        for (name, id) in [("room_id", filter.room), ("actor_id", filter.actor)] {
            if let Some(id) = id {
                sql.push(format_args!(" and e.metadata->>'{name}' = ")).push_bind(id.to_string());
            }
        }
        // The order of a stream is that of the log; by `position`, the planner might walk the whole log to find it.
        sql.push(" order by e.sequence limit ").push_bind(most);
    } else if filter.is_indexed() {
        sql.push(" from ((select i.position from read.indexed_event i where true");
        within(&mut sql, "i", span);
        indexed(&mut sql, filter);
        sql.push(" order by i.position limit ").push_bind(most);
        if filter.event_type.as_deref().is_none_or(|kind| kind == MOST) {
            sql.push(") union all (select m.position from read.message m where m.told and m.type = 'message'");
            within(&mut sql, "m", span);
            told(&mut sql, filter);
            sql.push(" order by m.position limit ").push_bind(most);
            sql.push(") order by position limit ").push_bind(most);
        } else {
            sql.push(")");
        }
        sql.push(") found join log.events e on e.position = found.position order by e.position");
    } else {
        sql.push(" from log.events e where true");
        within(&mut sql, "e", span);
        if let Some(event_type) = &filter.event_type {
            sql.push(" and e.event_type = ").push_bind(event_type);
        }
        sql.push(" order by e.position limit ").push_bind(most);
    }
    sql.build_query_as().fetch_all(pool).await
}

fn within(sql: &mut QueryBuilder<'_, Postgres>, table: &str, span: Span) {
    sql.push(format_args!(" and {table}.position > ")).push_bind(span.after);
    sql.push(format_args!(" and {table}.position <= ")).push_bind(span.until);
}

fn indexed<'a>(sql: &mut QueryBuilder<'a, Postgres>, filter: &'a Filter) {
    if let Some(room) = filter.room {
        sql.push(" and i.room_id = ").push_bind(room);
    }
    if let Some(actor) = filter.actor {
        sql.push(" and i.actor_id = ").push_bind(actor);
    }
    if let Some(event_type) = &filter.event_type {
        sql.push(" and i.event_type = ").push_bind(event_type);
    }
}

fn told(sql: &mut QueryBuilder<'_, Postgres>, filter: &Filter) {
    if let Some(room) = filter.room {
        sql.push(" and m.room_id = ").push_bind(room);
    }
    if let Some(actor) = filter.actor {
        sql.push(" and m.sender_id = ").push_bind(actor);
    }
}
