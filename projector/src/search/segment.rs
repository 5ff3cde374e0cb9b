//! Segments of the index: an open one that takes messages in, and sealed ones.
//!
//! Which messages a segment holds depends on their events alone, and what it holds of them on their present texts: so
//! it does not matter how events fall into batches, nor what was known when it was sealed.

mod reword;
mod seal;

use concordance::fold;
use sqlx::PgConnection;
use time::OffsetDateTime;

use crate::event::Event;
use crate::rows::{Rows, Table, Writes, row};

row! {
    /// Messages that are indexed together.
    struct Segment in "search_segment" by SegmentKey { first_position: i64 } {
        first_position: i64,
        last_position: i64,
        messages: i64,
        weight: i64,
        sent_from: OffsetDateTime,
        sent_to: OffsetDateTime,
        positions: Option<Vec<u8>>,
        rooms: Option<Vec<u8>>,
        senders: Option<Vec<u8>>,
    }
}

row! {
    /// Some grams of a segment.
    struct Postings in "search_bucket" by PostingsKey { bucket: i64, segment: i64 } {
        bucket: i64,
        segment: i64,
        grams: Vec<u8>,
    }
}

/// What a batch brings to the index, in order.
#[derive(Debug, Default)]
pub(crate) struct Intake {
    pub(crate) arrivals: Vec<Arrival>,
    pub(crate) rewordings: Vec<Rewording>,
}

/// Text that comes to the open segment.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// Where and when the message was sent; none of a new wording.
    sent: Option<(i64, OffsetDateTime)>,
    /// Bytes of the event.
    weight: i64,
}

/// A message whose text changes.
#[derive(Debug)]
pub(crate) struct Rewording {
    pub(crate) position: i64,
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
}

impl Arrival {
    pub(crate) fn sent(event: &Event) -> Self {
        Self { sent: Some((event.position, event.at)), weight: event.size }
    }

    pub(crate) fn reworded(event: &Event) -> Self {
        Self { sent: None, weight: event.size }
    }
}

impl Segment {
    fn begin(position: i64, at: OffsetDateTime) -> Self {
        Self {
            first_position: position,
            last_position: position,
            messages: 0,
            weight: 0,
            sent_from: at,
            sent_to: at,
            positions: None,
            rooms: None,
            senders: None,
        }
    }

    fn is_full(&self, most: i64) -> bool {
        self.messages >= most || self.weight >= concordance::segment::WEIGHT
    }
}

/// The segment that takes messages in, if there is one. Asked for once: it is as it was left for as long as the
/// generation is where it was left.
#[derive(Clone, Debug, Default)]
pub(crate) enum OpenSegment {
    /// Not asked for yet.
    #[default]
    Unknown,
    /// As it is.
    Known(Option<Box<Segment>>),
}

/// Brings a batch to the index; which segments are full, to be sealed once its rows are stored.
pub(crate) async fn file(
    rows: &mut Rows,
    known: &mut OpenSegment,
    most: i64,
    connection: &mut PgConnection,
    schema: &str,
) -> Result<Vec<Segment>, sqlx::Error> {
    let Rows { intake: Intake { arrivals, rewordings }, segments, buckets, .. } = rows;
    let mut full = Vec::new();
    if arrivals.is_empty() {
        return Ok(full);
    }
    let mut open = match std::mem::take(known) {
        OpenSegment::Known(open) => open.map(|open| *open),
        OpenSegment::Unknown => open_segment(connection, schema).await?,
    };
    let begin = open.as_ref().map(|open| open.first_position);
    reword::apply(rewordings, begin, buckets, connection, schema).await?;
    for arrival in arrivals {
        if let Some((position, at)) = arrival.sent {
            let segment = open.get_or_insert_with(|| Segment::begin(position, at));
            segment.last_position = position;
            segment.messages += 1;
            segment.sent_from = segment.sent_from.min(at);
            segment.sent_to = segment.sent_to.max(at);
        }
        let Some(segment) = &mut open else { continue };
        segment.weight += arrival.weight;
        if segment.is_full(most) {
            full.extend(open.take());
        }
    }
    if let Some(open) = &open {
        segments.put(open.clone());
    }
    *known = OpenSegment::Known(open.map(Box::new));
    Ok(full)
}

/// The rows of segments that are full. With 2,048 messages that costs some 25 ms.
pub(crate) async fn seal(
    full: Vec<Segment>,
    connection: &mut PgConnection,
    schema: &str,
) -> Result<Box<Rows>, sqlx::Error> {
    let mut rows = Box::<Rows>::default();
    for segment in full {
        rows.segments.put(seal::seal(segment, &mut rows.buckets, connection, schema).await?);
    }
    Ok(rows)
}

/// Takes messages out of the index, which are at these positions and have these texts.
pub(crate) async fn forget(
    texts: impl Iterator<Item = (i64, String)>,
    connection: &mut PgConnection,
    schema: &str,
) -> Result<(), sqlx::Error> {
    let rewordings: Vec<_> =
        texts.map(|(position, text)| Rewording { position, before: Some(fold(&text)), after: None }).collect();
    let begin = open_segment(connection, schema).await?.map(|open| open.first_position);
    let mut buckets = Table::default();
    reword::apply(&rewordings, begin, &mut buckets, connection, schema).await?;
    let mut writes = Writes::default();
    buckets.write(&mut writes, schema)?;
    writes.execute(connection).await?;
    Ok(())
}

/// The segment that is not sealed, if there is one: the last.
async fn open_segment(connection: &mut PgConnection, schema: &str) -> Result<Option<Segment>, sqlx::Error> {
    let last = format!("select * from {schema}.search_segment order by first_position desc limit 1");
    let last: Option<Segment> = sqlx::query_as(&last).fetch_optional(connection).await?;
    Ok(last.filter(|segment| segment.positions.is_none()))
}
