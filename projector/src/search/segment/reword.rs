//! Changes of texts whose segment is sealed: their messages leave some buckets and enter others.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use concordance::{Damaged, bucket, grams, segment};
use sqlx::PgConnection;

use super::{Postings, PostingsKey, Rewording};
use crate::rows::Table;

/// A sealed segment: its first position, and those of its messages.
type Sealed = (i64, Vec<u8>);

/// Applies the changes of messages before position `open`, where the open segment begins; of all if there is none.
pub(super) async fn apply(
    rewordings: &[Rewording],
    open: Option<i64>,
    buckets: &mut Table<Postings>,
    connection: &mut PgConnection,
    schema: &str,
) -> Result<(), sqlx::Error> {
    let of_sealed = |rewording: &&Rewording| open.is_none_or(|open| rewording.position < open);
    let (mut segments, mut changes) = (HashMap::new(), HashMap::<_, HashMap<_, _>>::new());
    for rewording in rewordings.iter().filter(of_sealed) {
        let Some((first, positions)) = segment_of(rewording.position, connection, schema).await? else { continue };
        let positions = match segments.entry(first) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(segment::read_positions(first, &positions).map_err(damaged)?),
        };
        let Ok(number) = positions.binary_search(&rewording.position) else { continue };
        for (text, has) in [(&rewording.before, false), (&rewording.after, true)] {
            for gram in grams(text) {
                let key = PostingsKey { bucket: bucket::of(gram).into(), segment: first };
                changes.entry(key).or_default().insert((gram, number), has);
            }
        }
    }
    for key in changes.keys() {
        buckets.want(key.clone());
    }
    buckets.load(connection, schema).await?;
    for (key, changes) in changes {
        let mut grams = match buckets.get(&key) {
            Some(row) => bucket::Bucket::read(&row.grams).map_err(damaged)?,
            None => bucket::Bucket::default(),
        };
        for ((gram, number), has) in changes {
            grams.set(gram, number, has);
        }
        if grams.is_empty() {
            buckets.remove(key);
        } else {
            let PostingsKey { bucket, segment } = key;
            buckets.put(Postings { bucket, segment, grams: grams.write() });
        }
    }
    Ok(())
}

/// The sealed segment in which a message lies.
async fn segment_of(position: i64, connection: &mut PgConnection, schema: &str) -> Result<Option<Sealed>, sqlx::Error> {
    let segment = format!(
        "select first_position, positions from {schema}.search_segment \
         where first_position <= $1 order by first_position desc limit 1"
    );
    let segment: Option<(i64, Option<Vec<u8>>)> =
        sqlx::query_as(&segment).bind(position).fetch_optional(connection).await?;
    Ok(segment.and_then(|(first, positions)| Some((first, positions?))))
}

fn damaged(damaged: Damaged) -> sqlx::Error {
    sqlx::Error::Decode(Box::new(damaged))
}
