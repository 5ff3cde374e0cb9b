//! Proofs from tiles: that an event is in the record, and that a later record begins with an earlier one.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use tlog_tiles::{Error, HASH_SIZE, Hash, HashReader, Tile, prove_record, prove_tree};

use crate::edge::{HEIGHT, WIDTH};

/// Hashes of tiles, by level and place. A tile may have more of them than were needed.
pub type Tiles = HashMap<(u8, u64), Vec<u8>>;

/// What is to be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// That the tree of `size` leaves has one at `position`, counted from 1.
    Inclusion {
        /// The event's.
        position: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// That the tree of `to` leaves begins with that of `from`.
    Consistency {
        /// Leaves of the earlier tree, at least one.
        from: u64,
        /// Leaves of the later one.
        to: u64,
    },
}

/// The tree, or the tiles that are at hand, have no such leaves.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the record has no such positions")]
pub struct NotInTree;

impl Proof {
    /// Leaves of the tree that it is of.
    pub fn size(self) -> u64 {
        match self {
            Self::Inclusion { size, .. } | Self::Consistency { to: size, .. } => size,
        }
    }

    /// The tiles that it is made of, by level and place.
    pub fn tiles(self) -> Result<BTreeSet<(u8, u64)>, NotInTree> {
        let wanted = Wanted::default();
        self.made_of(&wanted)?;
        Ok(wanted.0.into_inner())
    }

    /// The proof, in the order of RFC 9162.
    pub fn hashes(self, tiles: &Tiles) -> Result<Vec<[u8; 32]>, NotInTree> {
        Ok(self.made_of(&Held(tiles))?.into_iter().map(|hash| hash.0).collect())
    }

    fn made_of<R: HashReader>(self, reader: &R) -> Result<Vec<Hash>, NotInTree> {
        match self {
            Self::Inclusion { position, size } if (1..=size).contains(&position) => {
                prove_record(size, position - 1, reader)
            }
            Self::Consistency { from, to } if (1..=to).contains(&from) => prove_tree(to, from, reader),
            Self::Inclusion { .. } | Self::Consistency { .. } => return Err(NotInTree),
        }
        .map_err(|_| NotInTree)
    }
}

/// Notes which tiles are read.
#[derive(Default)]
struct Wanted(RefCell<BTreeSet<(u8, u64)>>);

impl HashReader for Wanted {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let tiles = indexes.iter().map(|index| Tile::from_index(HEIGHT, *index));
        self.0.borrow_mut().extend(tiles.map(|tile| (tile.level(), tile.level_index())));
        Ok(vec![Hash([0; HASH_SIZE]); indexes.len()])
    }
}

struct Held<'a>(&'a Tiles);

impl HashReader for Held<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let read = |index: &u64| {
            let tile = Tile::from_index(HEIGHT, *index);
            let held = self.0.get(&(tile.level(), tile.level_index())).ok_or(Error::IndexesNotInTree)?;
            let width = usize::try_from(tile.width()).unwrap_or(WIDTH) * HASH_SIZE;
            tile.hash_at_index(held.get(..width).ok_or(Error::IndexesNotInTree)?, *index)
        };
        indexes.iter().map(read).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tlog_tiles::{check_record, check_tree, record_hash};

    use super::*;
    use crate::{Edge, Leaf};

    fn leaf(number: u64) -> Leaf {
        Leaf(record_hash(&number.to_be_bytes()).0)
    }

    /// Leaves of the tree that is tried.
    const SIZE: u64 = 3000;

    /// A tree of so many leaves, as tiles, and its edge.
    fn grown(size: u64, mut seen: impl FnMut(&Edge)) -> (Tiles, Edge) {
        let (mut edge, mut full) = (Edge::default(), vec![]);
        seen(&edge);
        for number in 1..=size {
            edge.push(leaf(number), &mut full);
            seen(&edge);
        }
        let mut tiles: Tiles = full.into_iter().map(|tile| ((tile.level, tile.index), tile.hashes)).collect();
        tiles.extend(edge.partial_tiles().map(|(level, index, hashes)| ((level, index), hashes.to_vec())));
        (tiles, edge)
    }

    /// The tiles of the tree, and its root at each size.
    fn tree() -> &'static (Tiles, Vec<[u8; 32]>) {
        static TREE: std::sync::OnceLock<(Tiles, Vec<[u8; 32]>)> = std::sync::OnceLock::new();
        TREE.get_or_init(|| {
            let mut roots = vec![];
            let (tiles, _) = grown(SIZE, |edge| roots.push(edge.root()));
            (tiles, roots)
        })
    }

    #[test]
    fn an_edge_is_restored_from_its_partial_tiles() {
        for size in [0, 1, 255, 256, 257, 65_535, 65_536, 65_537] {
            let (_, edge) = grown(size, |_| ());
            let mut levels = vec![vec![]; Edge::depth(size)];
            edge.partial_tiles().for_each(|(level, _, hashes)| levels[usize::from(level)] = hashes.to_vec());
            assert_eq!(Edge::restore(size, levels.clone()).map(|edge| edge.root()), Some(edge.root()), "{size}");
            assert_eq!(Edge::restore(size + 1, levels), None, "{size}");
        }
    }

    #[test]
    fn an_edge_is_had_as_it_was_at_any_earlier_size() {
        let (tiles, roots) = tree();
        for size in [0, 1, 255, 256, 257, 512, 2999, SIZE] {
            let levels = (0..).take(Edge::depth(size));
            let last = |level: u8| {
                let index = size >> (u32::from(HEIGHT) * (u32::from(level) + 1));
                tiles.get(&(level, index)).cloned().unwrap_or_default()
            };
            let edge = Edge::earlier(size, levels.map(last).collect()).unwrap();
            assert_eq!((edge.size(), edge.root()), (size, roots[usize::try_from(size).unwrap()]));
        }
        assert_eq!(Edge::earlier(3, vec![vec![0; 64]]), None, "a tile that has less");
    }

    #[test]
    fn the_root_of_nothing_is_the_hash_of_nothing() {
        assert_eq!(Edge::default().root(), tlog_tiles::EMPTY_HASH.0);
    }

    proptest! {
        #[test]
        fn each_event_is_proved_in_each_later_record(position in 1..=SIZE, more in 0..SIZE, other in 1..=SIZE) {
            let (tiles, roots) = tree();
            let size = (position + more).min(SIZE);
            let root = Hash(roots[usize::try_from(size).unwrap()]);
            let proof = Proof::Inclusion { position, size }.hashes(tiles).unwrap().into_iter().map(Hash).collect();
            prop_assert!(check_record(&proof, size, root, position - 1, leaf(position).hash()).is_ok());
            if other != position && other <= size {
                prop_assert!(check_record(&proof, size, root, position - 1, leaf(other).hash()).is_err());
            }
        }

        #[test]
        fn each_record_begins_with_each_earlier_one(from in 1..=SIZE, more in 0..SIZE) {
            let (tiles, roots) = tree();
            let to = (from + more).min(SIZE);
            let root = |size: u64| Hash(roots[usize::try_from(size).unwrap()]);
            let proof = Proof::Consistency { from, to }.hashes(tiles).unwrap().into_iter().map(Hash).collect();
            prop_assert!(check_tree(&proof, to, root(to), from, root(from)).is_ok());
            if from < to {
                prop_assert!(check_tree(&proof, to, root(to), from, root(from - 1)).is_err());
            }
        }
    }

    #[test]
    fn what_is_not_there_is_not_proved() {
        let (tiles, _) = tree();
        for proof in [
            Proof::Inclusion { position: 0, size: 3 },
            Proof::Inclusion { position: 4, size: 3 },
            Proof::Inclusion { position: 1, size: SIZE + 1 },
            Proof::Consistency { from: 0, to: 3 },
            Proof::Consistency { from: 4, to: 3 },
        ] {
            assert_eq!(proof.hashes(tiles), Err(NotInTree), "{proof:?}");
        }
        assert_eq!(Proof::Inclusion { position: 1, size: 1 }.hashes(tiles), Ok(vec![]));
    }
}
