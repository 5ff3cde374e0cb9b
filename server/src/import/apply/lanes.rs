//! Telling what happened in rooms side by side, and in each in its order.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;

use futures::channel::mpsc;
use futures::{SinkExt, Stream, StreamExt, TryStreamExt, stream};

use super::super::{Dated, Export, ImportError};
use super::turn::Turns;
use super::{AT_ONCE, Applied, Importer};

/// Lanes that are told side by side.
const LANES: usize = 8;

/// Batches of a lane that are under way at once: while one is appended, the next is decided.
const UNDER_WAY: usize = 2;

/// Batches that wait in a lane: what is read ahead is held in memory.
const WAITING: usize = 2;

impl Importer<'_> {
    /// Tells lanes, each a stream of batches, side by side.
    pub(super) async fn side_by_side<S: Stream<Item = Vec<Dated>>>(
        &self,
        lanes: impl IntoIterator<Item = S>,
    ) -> Result<Applied, ImportError> {
        let lanes = stream::iter(lanes).map(|lane| self.lane(lane));
        let mut all = Applied::default();
        let mut lanes = std::pin::pin!(lanes.buffer_unordered(LANES));
        while let Some(applied) = lanes.try_next().await? {
            all += applied;
        }
        Ok(all)
    }

    /// Tells batches one after the other.
    pub(super) async fn lane(&self, batches: impl Stream<Item = Vec<Dated>>) -> Result<Applied, ImportError> {
        let mut turns = Turns::default();
        let told = batches.map(|batch| {
            let turn = turns.of(&batch);
            async move {
                let applied = self.batch(&batch, &turn).await?;
                turn.end();
                Ok::<_, ImportError>(applied)
            }
        });
        let (mut all, mut told) = (Applied::default(), std::pin::pin!(told.buffered(UNDER_WAY)));
        while let Some(applied) = told.try_next().await? {
            all += applied;
        }
        Ok(all)
    }

    /// Tells what happened in any rooms as it is read. However much it is, little of it is in memory.
    pub(super) async fn streamed(&self, export: &mut Export) -> Result<Applied, ImportError> {
        let path = export.path().to_owned();
        let unreadable = |source| ImportError::Unreadable { path: path.clone(), source };
        let facts = export.told().map_err(unreadable)?;
        let (senders, lanes): (Vec<_>, Vec<_>) = (0..LANES).map(|_| mpsc::channel(WAITING)).unzip();
        let feed = async { feed(facts, senders).await.map_err(unreadable) };
        let ((), applied) = futures::try_join!(feed, self.side_by_side(lanes))?;
        Ok(applied)
    }
}

/// Hands each fact to the lane of its room, in batches.
async fn feed(
    facts: impl Iterator<Item = io::Result<Dated>>,
    mut lanes: Vec<mpsc::Sender<Vec<Dated>>>,
) -> io::Result<()> {
    let mut batches = vec![Vec::with_capacity(AT_ONCE); lanes.len()];
    for fact in facts {
        let fact = fact?;
        let lane = lane_of(&fact, lanes.len());
        batches[lane].push(fact);
        if batches[lane].len() == AT_ONCE {
            let batch = std::mem::replace(&mut batches[lane], Vec::with_capacity(AT_ONCE));
            if lanes[lane].send(batch).await.is_err() {
                return Ok(()); // the lane says itself why it ended
            }
        }
    }
    for (mut lane, batch) in lanes.into_iter().zip(batches) {
        if lane.send(batch).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

fn lane_of(fact: &Dated, lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    fact.fact.room().hash(&mut hasher);
    usize::try_from(hasher.finish() % lanes as u64).expect("there are few lanes")
}
