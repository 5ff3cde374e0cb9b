//! Copying the log up to a position, and the keys that there are today.

use event_store::{Head, Reader, Recorded};
use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;

/// Events, or keys, that are copied at once.
const PAGE: i64 = 2_000;

/// Why the past was not copied.
#[derive(Debug, thiserror::Error)]
pub enum NotCopied {
    /// The log does not go as far.
    #[error("position {as_of} is beyond the log's end, {head}")]
    Beyond {
        /// What was asked for.
        as_of: i64,
        /// The log's last position.
        head: i64,
    },
    /// The database of the past holds another log.
    #[error("the database of the past is not empty, and holds another log than that up to position {as_of}")]
    NotEmpty {
        /// What was asked for.
        as_of: i64,
    },
    /// A database cannot be reached.
    #[error("the log cannot be copied")]
    Database(#[from] sqlx::Error),
}

/// Copies the log up to `as_of`, and all keys but those of secret rooms' messages and files: in one transaction. What was
/// copied before is not copied again.
pub(crate) async fn copy(today: &PgPool, then: &PgPool, as_of: i64) -> Result<(), NotCopied> {
    let reader = Reader::new(today.clone());
    let head = reader.head().await?;
    if as_of > head.position {
        return Err(NotCopied::Beyond { as_of, head: head.position });
    }
    let last = if as_of == 0 { None } else { reader.after(as_of - 1, 1).await?.pop() };
    let found = Reader::new(then.clone());
    let there = found.head().await?;
    if there.position > 0 {
        let same = there.position == as_of && found.after(as_of - 1, 1).await?.pop() == last;
        return if same { Ok(()) } else { Err(NotCopied::NotEmpty { as_of }) };
    }
    let mut transaction = event_store::begin(then, "begin").await?;
    events(&reader, as_of, &mut transaction).await?;
    keys(today, &mut transaction).await?;
    let recorded_at = last.map_or(there.recorded_at, |last| last.recorded_at);
    end(&Head { position: as_of, recorded_at, ..head }, &mut transaction).await?;
    transaction.commit().await?;
    Ok(())
}

async fn events(reader: &Reader, as_of: i64, then: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut position = 0;
    while position < as_of {
        let page = reader.after(position, PAGE.min(as_of - position)).await?;
        let Some(last) = page.last() else { return Ok(()) };
        position = last.position;
        write(&page, then).await?;
        tracing::debug!(position, "copied the log");
    }
    Ok(())
}

async fn write(page: &[Recorded], then: &mut PgConnection) -> Result<(), sqlx::Error> {
    let texts = |field: fn(&Recorded) -> &str| page.iter().map(field).collect::<Vec<_>>();
    sqlx::query(
        "insert into log.events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, \
             position, event_id, recorded_at) \
         select e.kind, e.id, e.sequence, e.type, e.version, e.payload::json, e.metadata::json, e.position, e.event_id, e.at \
         from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], \
             $9::uuid[], $10::timestamptz[]) \
             e (kind, id, sequence, type, version, payload, metadata, position, event_id, at)",
    )
    .bind(texts(|event| &event.aggregate_type))
    .bind(texts(|event| &event.aggregate_id))
    .bind(page.iter().map(|event| event.sequence).collect::<Vec<_>>())
    .bind(texts(|event| &event.event_type))
    .bind(texts(|event| &event.event_version))
    .bind(texts(|event| &event.payload))
    .bind(texts(|event| &event.metadata))
    .bind(page.iter().map(|event| event.position).collect::<Vec<_>>())
    .bind(page.iter().map(|event| event.event_id).collect::<Vec<_>>())
    .bind(page.iter().map(|event| event.recorded_at).collect::<Vec<_>>())
    .execute(then)
    .await?;
    Ok(())
}

/// A key as it is stored: its name, what wraps it, and when it was destroyed.
type Stored = (String, Option<Vec<u8>>, Option<i32>, Option<OffsetDateTime>);

async fn keys(today: &PgPool, then: &mut PgConnection) -> Result<(), sqlx::Error> {
    let mut name = String::new();
    loop {
        let page: Vec<Stored> = sqlx::query_as(
            "select name, wrapped, master_version, destroyed_at from keys.key \
             where name > $1 and labels[1] not in ('message', 'file', 'reaction') order by name limit $2",
        )
        .bind(&name)
        .bind(PAGE)
        .fetch_all(today)
        .await?;
        let Some(last) = page.last() else { return Ok(()) };
        name.clone_from(&last.0);
        let (mut names, mut wrapped, mut versions, mut destroyed) = (vec![], vec![], vec![], vec![]);
        for key in page {
            names.push(key.0);
            wrapped.push(key.1);
            versions.push(key.2);
            destroyed.push(key.3);
        }
        sqlx::query(
            "insert into keys.key (name, wrapped, master_version, destroyed_at) \
             select * from unnest($1::text[], $2::bytea[], $3::integer[], $4::timestamptz[]) on conflict (name) do nothing",
        )
        .bind(names)
        .bind(wrapped)
        .bind(versions)
        .bind(destroyed)
        .execute(&mut *then)
        .await?;
    }
}

async fn end(head: &Head, then: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("update log.head set position = $1, recorded_at = $2, epoch = $3, origin = $4")
        .bind(head.position)
        .bind(head.recorded_at)
        .bind(head.epoch)
        .bind(head.origin)
        .execute(then)
        .await?;
    Ok(())
}
