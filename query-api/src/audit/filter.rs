//! Which events are wanted.

use sqlx::PgPool;
use time::OffsetDateTime;
use uuid::Uuid;

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

/// The name of a stream has no dash between its kind and its id.
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
        Ok(Self { stream: Some((kind.to_owned(), id.to_owned())), ..self })
    }

    /// Whether it is answered with the help of read models, which must then have seen everything up to the end.
    pub fn needs_read_models(&self) -> bool {
        self.is_indexed() || self.from.is_some() || self.to.is_some() || self.open
    }

    /// Whether it picks events by what the index of events knows.
    pub(super) fn is_indexed(&self) -> bool {
        self.room.is_some() || self.actor.is_some() || self.event_type.is_some() && self.stream.is_none()
    }

    /// The positions that are wanted of a log that ends at `end`. Times are looked up: the first and the last event of
    /// a time are among the few of one append.
    pub async fn span(&self, pool: &PgPool, end: i64) -> Result<Span, sqlx::Error> {
        let mut span = Span { after: self.after, until: self.until.unwrap_or(end).min(end) };
        if let Some(from) = self.from {
            let first = sqlx::query_scalar!(
                "select min(position) from read.event_index where recorded_at = ( \
                     select recorded_at from read.event_index where recorded_at >= $1 order by recorded_at limit 1)",
                from,
            )
            .fetch_one(pool)
            .await?;
            span.after = span.after.max(first.map_or(i64::MAX, |first| first - 1));
        }
        if let Some(to) = self.to {
            let last = sqlx::query_scalar!(
                "select max(position) from read.event_index where recorded_at = ( \
                     select recorded_at from read.event_index where recorded_at <= $1 order by recorded_at desc limit 1)",
                to,
            )
            .fetch_one(pool)
            .await?;
            span.until = span.until.min(last.unwrap_or(0));
        }
        Ok(span)
    }
}
