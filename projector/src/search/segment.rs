//! Segments of the index: an open one that takes messages in, and sealed ones.
//!
//! Which messages a segment holds depends on their events alone, and what it holds of them on their present texts: so
//! it does not matter how events fall into batches, nor what was known when it was sealed.

mod reword;
mod seal;

use concordance::fold;
use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::messages::Message;
use crate::rows::{Rows, Table, Writes, row};
use seal::Gathered;

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
    /// The message that was sent; none of a new wording.
    pub(crate) sent: Option<Uuid>,
    /// Bytes of the event.
    pub(crate) weight: i64,
}

/// A message whose text changes, with its folded texts: empty where it says nothing.
#[derive(Debug)]
pub(crate) struct Rewording {
    pub(crate) position: i64,
    pub(crate) before: String,
    pub(crate) after: String,
}

impl Segment {
    fn begin(message: &Message) -> Self {
        Self {
            first_position: message.position,
            last_position: message.position,
            messages: 0,
            weight: 0,
            sent_from: message.sent_at,
            sent_to: message.sent_at,
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
#[derive(Debug, Default)]
pub(crate) enum OpenSegment {
    /// Not asked for yet.
    #[default]
    Unknown,
    /// As it is.
    Known(Option<Box<Filled>>),
}

/// A segment that takes messages in, or has just taken its last.
#[derive(Debug)]
pub(crate) struct Filled {
    segment: Segment,
    /// What its messages say, and how many keys were lost by then: what was readable under another count may be what
    /// is purged since. None if that is to be read from their rows.
    gathered: Option<(u64, Gathered)>,
}

impl Filled {
    fn begin(message: &Message, losses: u64) -> Self {
        Self { segment: Segment::begin(message), gathered: Some((losses, Gathered::default())) }
    }

    fn take(&mut self, message: &Message) {
        let segment = &mut self.segment;
        segment.last_position = message.position;
        segment.messages += 1;
        segment.sent_from = segment.sent_from.min(message.sent_at);
        segment.sent_to = segment.sent_to.max(message.sent_at);
        if let Some((_, gathered)) = &mut self.gathered {
            gathered.push(message.position, message.room_id, message.sender_id, message.text.as_deref());
        }
    }
}

impl OpenSegment {
    /// Takes the texts apart that came with the last batch, for the segment to be sealed sooner.
    pub(crate) async fn fold(&mut self) {
        if let Self::Known(Some(open)) = self
            && let Some((_, gathered)) = &mut open.gathered
        {
            gathered.fold().await;
        }
    }
}

/// Brings a batch to the index, its messages as they are at its end; which segments are full, to be sealed. `losses` counts
/// the keys that are lost, as heard since nobody else writes here.
pub(crate) async fn file(
    rows: &mut Rows,
    known: &mut OpenSegment,
    losses: u64,
    most: i64,
    connection: &mut PgConnection,
    schema: &str,
) -> Result<Vec<Filled>, sqlx::Error> {
    let Rows { intake: Intake { arrivals, rewordings }, segments, buckets, messages, .. } = rows;
    let mut full = Vec::new();
    if arrivals.is_empty() {
        return Ok(full);
    }
    let mut open = match std::mem::take(known) {
        OpenSegment::Known(open) => open.map(|open| *open),
        OpenSegment::Unknown => {
            open_segment(connection, schema).await?.map(|segment| Filled { segment, gathered: None })
        }
    };
    let begin = open.as_ref().map(|open| open.segment.first_position);
    reword::apply(rewordings, begin, buckets, connection, schema).await?;
    if let Some(Filled { gathered, .. }) = &mut open {
        gathered.take_if(|(before, _)| *before != losses);
        if let Some((_, gathered)) = gathered {
            gathered.reword(rewordings).await;
        }
    }
    for arrival in arrivals {
        if let Some(message) = arrival.sent.and_then(|id| messages.get([id])) {
            open.get_or_insert_with(|| Filled::begin(message, losses)).take(message);
        }
        let Some(Filled { segment, .. }) = &mut open else { continue };
        segment.weight += arrival.weight;
        if segment.is_full(most) {
            full.extend(open.take());
        }
    }
    if let Some(Filled { segment, .. }) = &open {
        segments.put(segment.clone());
    }
    *known = OpenSegment::Known(open.map(Box::new));
    Ok(full)
}

/// Seals full segments: their rows are added to `index`. Those whose messages are to be read from their rows are left, and
/// returned.
pub(crate) async fn seal(full: Vec<Filled>, index: &mut Rows) -> Vec<Segment> {
    let mut left = vec![];
    for Filled { segment, gathered } in full {
        match gathered {
            Some((_, gathered)) => index.segments.put(gathered.seal(&segment, &mut index.buckets).await),
            None => left.push(segment),
        }
    }
    left
}

/// Seals full segments by the rows of their messages.
pub(crate) async fn seal_by_rows(
    full: Vec<Segment>,
    index: &mut Rows,
    connection: &mut PgConnection,
    schema: &str,
) -> Result<(), sqlx::Error> {
    for segment in full {
        let gathered = Gathered::read(&segment, connection, schema).await?;
        index.segments.put(gathered.seal(&segment, &mut index.buckets).await);
    }
    Ok(())
}

/// Takes messages out of the index, which are at these positions and have these texts.
pub(crate) async fn forget(
    texts: impl Iterator<Item = (i64, String)>,
    connection: &mut PgConnection,
    schema: &str,
) -> Result<(), sqlx::Error> {
    let rewordings: Vec<_> =
        texts.map(|(position, text)| Rewording { position, before: fold(&text), after: String::new() }).collect();
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
