//! The index by grams.

use std::collections::HashMap;

use concordance::{Places, bucket};

use super::{Hinted, Segment, damaged};
use crate::asking::{Interrupted, View};

/// Grams that are asked for at once: mostly a few say already that a segment has nothing.
const AT_ONCE: usize = 4;

/// The segments with a message that has all grams, in the given order. Without a gram, all messages of all of them.
pub(super) async fn hinted(view: &mut View, asks: &[String], segments: &[Segment]) -> Result<Vec<Hinted>, Interrupted> {
    let all = |segment: &Segment| Places::below(usize::try_from(segment.messages).unwrap_or_default());
    let mut hinted: Vec<_> = segments.iter().map(|segment| (*segment, all(segment))).collect();
    for asks in asks.chunks(AT_ONCE) {
        let asks: Vec<_> = asks.iter().map(|gram| (gram, i64::from(bucket::of(gram)))).collect();
        let buckets = buckets(view, &asks, &hinted).await?;
        let mut kept = Vec::with_capacity(hinted.len());
        for (segment, mut places) in hinted {
            if narrow(&mut places, &asks, |bucket| buckets.get(&(segment.first, bucket)))? {
                kept.push((segment, places));
            }
        }
        hinted = kept;
        if hinted.is_empty() {
            break;
        }
    }
    Ok(hinted)
}

/// The buckets of these grams in these segments, by segment and bucket.
async fn buckets(
    view: &mut View,
    asks: &[(&String, i64)],
    hinted: &[Hinted],
) -> Result<HashMap<(i64, i64), Vec<u8>>, sqlx::Error> {
    let buckets: Vec<_> = asks.iter().map(|(_, bucket)| *bucket).collect();
    let segments: Vec<_> = hinted.iter().map(|(segment, _)| segment.first).collect();
    let rows = sqlx::query!(
        r#"select segment as "segment!", bucket as "bucket!", grams as "grams!"
        from read.search_bucket where bucket = any($1) and segment = any($2)"#,
        &buckets,
        &segments,
    )
    .fetch_all(view.connection())
    .await?;
    Ok(rows.into_iter().map(|row| ((row.segment, row.bucket), row.grams)).collect())
}

/// Keeps the messages that have all grams; whether there are any.
fn narrow<'a>(
    places: &mut Places,
    asks: &[(&String, i64)],
    bucket_of: impl Fn(i64) -> Option<&'a Vec<u8>>,
) -> Result<bool, sqlx::Error> {
    for (gram, bucket) in asks {
        let Some(grams) = bucket_of(*bucket) else { return Ok(false) };
        let Some(having) = bucket::find(grams, gram).map_err(damaged)? else { return Ok(false) };
        places.keep(&having);
    }
    Ok(!places.is_empty())
}
