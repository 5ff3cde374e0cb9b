//! Which events are wanted.

use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

/// What most events are: found by walking the log.
pub(super) const MOST: &str = "message_sent";

/// Which events are wanted: those that fit everything that is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// After this position.
    pub after: i64,
    /// Up to this position, it included.
    pub until: Option<i64>,
    /// Of this stream: kind and id.
    pub stream: Option<(String, String)>,
    /// Of this type.
    pub event_type: Option<String>,
    /// By this user.
    pub actor: Option<Uuid>,
    /// Of this room.
    pub room: Option<Uuid>,
    /// Recorded at this time or later.
    pub from: Option<OffsetDateTime>,
    /// Recorded at this time or earlier.
    pub to: Option<OffsetDateTime>,
    /// At most so many.
    pub limit: Option<u64>,
    /// With sealed fields opened.
    pub open: bool,
}

/// The name of a stream has no dash between its kind and its id, or an id in another form than streams have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a stream, such as room-0190a000-0000-7000-8000-000000000001")]
pub struct NotAStream;

/// The positions that are wanted: after the first, up to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// After this position.
    pub after: i64,
    /// Up to this position, it included.
    pub until: i64,
}

impl Filter {
    /// Only the events of the stream with this name.
    pub fn of_stream(self, name: &str) -> Result<Self, NotAStream> {
        let (kind, id) = name.split_once('-').ok_or(NotAStream)?;
        if id.matches(':').count() > 1 || !id.split(':').all(is_plain) {
            return Err(NotAStream);
        }
        Ok(Self { stream: Some((kind.to_owned(), id.to_owned())), ..self })
    }

    /// Whether it is answered with the help of read models, which must then have seen everything up to the end.
    pub fn needs_read_models(&self) -> bool {
        self.is_indexed() || self.open
    }

    /// Whether it picks events by what the index of events knows.
    pub(super) fn is_indexed(&self) -> bool {
        let kind = self.event_type.as_deref().filter(|kind| *kind != MOST);
        self.stream.is_none() && (self.room.is_some() || self.actor.is_some() || kind.is_some())
    }

    /// The positions that are wanted of a log that ends at `end`. Times never fall from one event to the next, so that the
    /// log is halved until their places are found.
    pub async fn span(&self, pool: &PgPool, end: i64) -> Result<Span, sqlx::Error> {
        let mut span = Span { after: self.after, until: self.until.unwrap_or(end).min(end) };
        if let Some(from) = self.from {
            span.after = span.after.max(last_before(pool, end, from, false).await?);
        }
        if let Some(to) = self.to {
            span.until = span.until.min(last_before(pool, end, to, true).await?);
        }
        Ok(span)
    }
}

/// Whether an id of a stream is written as streams write it: a UUID in lower case with dashes and nothing around it, or none.
fn is_plain(id: &str) -> bool {
    Uuid::try_parse(id).map_or(true, |uuid| uuid.as_hyphenated().to_string() == id)
}

/// The last position up to `end` that was recorded before a time, or at it if that is `included`; 0 if there is none.
async fn last_before(pool: &PgPool, end: i64, time: OffsetDateTime, included: bool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with recursive half (before, after) as (
            select 0::bigint, $1::bigint + 1
            union all
            select case when is_before then middle else before end, case when is_before then after else middle end
            from (
                select h.before, h.after, h.middle, e.recorded_at < $2 or $3 and e.recorded_at = $2 as is_before
                from (select before, after, (before + after) / 2 as middle from half where after - before > 1) h
                cross join lateral (select e.recorded_at from log.events e where e.position = h.middle limit 1) e
            ) h
        )
        select before as "before!" from half order by after - before limit 1"#,
        end,
        time,
        included,
    )
    .fetch_one(pool)
    .await
}
