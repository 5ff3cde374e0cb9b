//! The right edge of the tree: all that is needed to go on, whatever its size.

use tlog_tiles::{Error, HASH_SIZE, Hash, HashReader, Tile, tree_hash};

use crate::Leaf;

/// Levels of the tree that one tile holds.
pub(crate) const HEIGHT: u8 = 8;

/// Hashes of a full tile.
pub const WIDTH: usize = 1 << HEIGHT;

/// A tile that will not change any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FullTile {
    /// Its level among the tiles: 0 has the leaves.
    pub level: u8,
    /// Its place in the level: 0, 1, 2, ...
    pub index: u64,
    /// [`WIDTH`] hashes.
    pub hashes: Vec<u8>,
}

/// The right edge of the tree: of each level the hashes that do not fill a tile yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    levels: Vec<Vec<u8>>,
}

impl Edge {
    /// The edge of a tree of `size` leaves, from the partial tile of each level, an empty one where there is none; none
    /// if those are not its.
    pub fn restore(size: u64, levels: Vec<Vec<u8>>) -> Option<Self> {
        let fits = levels.iter().enumerate().all(|(level, tile)| tile.len() == Self::partial(size, level) * HASH_SIZE);
        (fits && levels.len() == Self::depth(size)).then_some(Self { size, levels })
    }

    /// The edge that a tree had at an earlier size, from the tile of each level where it ended then: what came to a tile
    /// since stands behind what it had.
    pub fn earlier(size: u64, mut tiles: Vec<Vec<u8>>) -> Option<Self> {
        for (level, tile) in tiles.iter_mut().enumerate() {
            tile.truncate(Self::partial(size, level) * HASH_SIZE);
        }
        Self::restore(size, tiles)
    }

    /// Levels that have tiles in a tree of `size` leaves.
    pub fn depth(size: u64) -> usize {
        (0..8).take_while(|level| size >> (u64::from(HEIGHT) * level) > 0).count()
    }

    /// Hashes of the last tile of a level, if it is not full.
    fn partial(size: u64, level: usize) -> usize {
        usize::try_from(size >> (usize::from(HEIGHT) * level)).unwrap_or(0) % WIDTH
    }

    /// Leaves so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The level, place and hashes of each partial tile.
    pub fn partial_tiles(&self) -> impl Iterator<Item = (u8, u64, &[u8])> {
        (0..).zip(&self.levels).filter(|(_, hashes)| !hashes.is_empty()).map(|(level, hashes)| {
            (level, self.size >> (u32::from(HEIGHT) * (u32::from(level) + 1)), hashes.as_slice())
        })
    }

    /// Appends a leaf; the tiles that it filled are added to `full`.
    pub fn push(&mut self, leaf: Leaf, full: &mut Vec<FullTile>) {
        self.size += 1;
        let mut hash = leaf.hash();
        for level in 0.. {
            if self.levels.len() == usize::from(level) {
                self.levels.push(Vec::with_capacity(WIDTH * HASH_SIZE));
            }
            let tile = &mut self.levels[usize::from(level)];
            tile.extend_from_slice(&hash.0);
            if tile.len() < WIDTH * HASH_SIZE {
                return;
            }
            hash = Tile::subtree_hash(tile);
            let hashes = std::mem::replace(tile, Vec::with_capacity(WIDTH * HASH_SIZE));
            let index = (self.size >> (u32::from(HEIGHT) * (u32::from(level) + 1))) - 1;
            full.push(FullTile { level, index, hashes });
        }
    }

    /// The root of the tree as it is.
    pub fn root(&self) -> [u8; 32] {
        // An edge has each hash that its own root is made of.
        tree_hash(self.size, self).map_or([0; 32], |root| root.0)
    }
}

impl HashReader for Edge {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let read = |index: &u64| {
            let tile = Tile::from_index(HEIGHT, *index);
            let held = self.levels.get(usize::from(tile.level())).ok_or(Error::IndexesNotInTree)?;
            let width = usize::try_from(tile.width()).unwrap_or(WIDTH) * HASH_SIZE;
            let hashes = held.get(..width).ok_or(Error::IndexesNotInTree)?;
            tile.hash_at_index(hashes, *index)
        };
        indexes.iter().map(read).collect()
    }
}
