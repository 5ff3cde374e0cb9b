//! The index by grams: those that say most are asked for first, and no more than spare more than they cost.

use std::collections::HashMap;
use std::ops::Range;

use concordance::{Places, bucket};
use futures::TryStreamExt;

use super::{Hinted, Segment, damaged};
use crate::asking::{Interrupted, View};

/// Most grams that are asked for at once.
const AT_ONCE: usize = 4;

/// The grams that a wanted message has.
pub(super) struct Grams {
    /// Those first that say most, once some segments were looked at.
    grams: Vec<Gram>,
    /// What they left of those segments' messages: before the first of them, after it, after the second, and so on.
    left: Vec<usize>,
}

struct Gram {
    text: String,
    bucket: i64,
}

/// Which messages of a segment have each of some grams; none if no message has it. By the segment's first position.
type Having = HashMap<i64, Vec<Option<Places>>>;

impl Grams {
    pub(super) fn new(asks: Vec<String>) -> Self {
        let grams = asks.into_iter().map(|text| Gram { bucket: bucket::of(&text).into(), text }).collect();
        Self { grams, left: vec![] }
    }

    /// The segments with messages that may have all grams, in the given order. Without a gram, all messages of all of them.
    pub(super) async fn hinted(&mut self, view: &mut View, segments: &[Segment]) -> Result<Vec<Hinted>, Interrupted> {
        let all = |segment: &Segment| Places::below(usize::try_from(segment.messages).unwrap_or_default());
        let mut hinted: Vec<_> = segments.iter().map(|segment| (*segment, all(segment))).collect();
        if self.left.is_empty() {
            return self.first(view, hinted).await;
        }
        let mut asked = 0;
        while let more @ 1.. = self.worth(asked, &hinted) {
            let having = having(view, &self.grams[asked..asked + more], &hinted).await?;
            narrow(&mut hinted, &having, 0..more);
            asked += more;
        }
        Ok(hinted)
    }

    /// Asks the first segments for all grams, and puts those first that leave least: grams of one word say much the same, so
    /// that the two rarest are often not the best two.
    async fn first(&mut self, view: &mut View, all: Vec<Hinted>) -> Result<Vec<Hinted>, Interrupted> {
        let having = having(view, &self.grams, &all).await?;
        let mut rest: Vec<_> = (0..).zip(self.grams.drain(..)).collect();
        let mut hinted = all.clone();
        self.left.push(messages(&hinted));
        let leaves = |hinted: &[Hinted], gram| {
            let mut hinted = hinted.to_vec();
            narrow(&mut hinted, &having, gram..gram + 1);
            messages(&hinted)
        };
        let key = |hinted: &[Hinted], gram| (leaves(hinted, gram), leaves(&all, gram));
        while let Some(best) = (0..rest.len()).min_by_key(|place| key(&hinted, rest[*place].0)) {
            let (number, gram) = rest.swap_remove(best);
            narrow(&mut hinted, &having, number..number + 1);
            self.left.push(messages(&hinted));
            self.grams.push(gram);
        }
        Ok(hinted)
    }

    /// How many more grams are worth asking for, after so many: one costs a row a segment, half as much as to look at a
    /// message, and spares messages in proportion to what it spared among the first segments.
    fn worth(&self, asked: usize, hinted: &[Hinted]) -> usize {
        let (segments, messages, left) = (hinted.len(), messages(hinted), &self.left[asked..]);
        // As if it had spared one more: of few messages there, what they say here is uncertain.
        let spares = |one: &[usize]| 2 * messages * (one[0] - one[1] + 1) > segments * (left[0] + 1);
        left.windows(2).take(AT_ONCE).take_while(|one| spares(one)).count()
    }
}

fn messages(hinted: &[Hinted]) -> usize {
    hinted.iter().map(|(_, places)| places.count()).sum()
}

/// Keeps the messages that have all of these grams, and the segments with such messages.
fn narrow(hinted: &mut Vec<Hinted>, having: &Having, grams: Range<usize>) {
    hinted.retain_mut(|(segment, places)| {
        let Some(having) = having.get(&segment.first) else { return false };
        let all = having[grams.clone()].iter().all(|one| one.as_ref().map(|one| places.keep(one)).is_some());
        all && !places.is_empty()
    });
}

/// Which messages of these segments have which of the grams.
async fn having(view: &mut View, grams: &[Gram], hinted: &[Hinted]) -> Result<Having, Interrupted> {
    let buckets: Vec<_> = grams.iter().map(|gram| gram.bucket).collect();
    let segments: Vec<_> = hinted.iter().map(|(segment, _)| segment.first).collect();
    let mut having: Having = segments.iter().map(|segment| (*segment, vec![None; grams.len()])).collect();
    let mut rows = sqlx::query!(
        r#"select segment as "segment!", bucket as "bucket!", grams as "grams!"
        from read.search_bucket where bucket = any($1) and segment = any($2)"#,
        &buckets,
        &segments,
    )
    .fetch(view.connection());
    // Read while the database goes on.
    while let Some(row) = rows.try_next().await? {
        let Some(having) = having.get_mut(&row.segment) else { continue };
        for (gram, having) in grams.iter().zip(having).filter(|(gram, _)| gram.bucket == row.bucket) {
            *having = bucket::find(&row.grams, &gram.text).map_err(damaged)?;
        }
    }
    Ok(having)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn learned(left: &[usize]) -> Grams {
        let gram = || Gram { text: String::new(), bucket: 0 };
        Grams { grams: left[1..].iter().map(|_| gram()).collect(), left: left.to_vec() }
    }

    /// So many segments, each with as many messages.
    fn segments(count: usize, messages: usize) -> Vec<Hinted> {
        let time = time::OffsetDateTime::UNIX_EPOCH;
        let segment =
            Segment { first: 1, last: 2_048, messages: 2_048, is_sealed: true, sent_from: time, sent_to: time };
        vec![(segment, Places::below(messages)); count]
    }

    #[test]
    fn grams_that_say_the_same_as_the_rarest_are_not_asked_for() {
        let grams = learned(&[8_192, 900, 900, 899]);
        assert_eq!(grams.worth(0, &segments(100, 2_048)), 1);
        assert_eq!(grams.worth(1, &segments(100, 225)), 0);
    }

    #[test]
    fn grams_that_spare_many_messages_are_asked_for_at_once() {
        let grams = learned(&[8_192, 400, 100, 30, 20, 0]);
        assert_eq!(grams.worth(0, &segments(100, 2_048)), 4);
        assert_eq!(grams.worth(4, &segments(50, 6)), 1);
        assert_eq!(grams.worth(5, &segments(1, 6)), 0, "there are no more");
    }

    #[test]
    fn what_few_messages_say_is_not_relied_upon() {
        let grams = learned(&[8_192, 900, 1, 1, 0]);
        assert_eq!(grams.worth(2, &segments(100, 9)), 2);
        assert_eq!(grams.worth(2, &[]), 0);
    }
}
