//! Names of tiles, as C2SP tlog-tiles has them.

use tlog_tiles::{HASH_SIZE, Tile};

use crate::WIDTH;
use crate::edge::HEIGHT;

/// Levels of tiles that 64 bits can count the leaves of.
const LEVELS: u8 = 8;

/// Which tile, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileName {
    /// Its level among the tiles: 0 has the leaves.
    pub level: u8,
    /// Its place in the level: 0, 1, 2, ...
    pub index: u64,
    width: usize,
}

impl TileName {
    /// The tile of a path below `tile/`, such as `0/x001/234` or `0/x001/234.p/5`.
    pub fn parse(path: &str) -> Option<Self> {
        // The library takes neither level nor width for what they may not be.
        let (place, width) =
            path.split_once(".p/").map_or((path, 1), |(place, width)| (place, width.parse().unwrap_or(0)));
        let level = place.split_once('/').and_then(|(level, _)| level.parse::<u8>().ok())?;
        if level >= LEVELS || !(1..WIDTH).contains(&width) {
            return None;
        }
        // Its names have the height, which C2SP fixes.
        let name = format!("tile/{HEIGHT}/{path}");
        let tile = Tile::from_path(&name).ok().filter(|tile| !tile.is_data() && tile.path() == name)?;
        Some(Self {
            level: tile.level(),
            index: tile.level_index(),
            width: usize::try_from(tile.width()).unwrap_or(WIDTH),
        })
    }

    /// Bytes of the tile.
    pub fn bytes(self) -> usize {
        self.width * HASH_SIZE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_has_one_name() {
        let named = |path| TileName::parse(path).map(|tile| (tile.level, tile.index, tile.bytes()));
        assert_eq!(named("0/000"), Some((0, 0, 8192)));
        assert_eq!(named("2/x001/x234/067.p/5"), Some((2, 1_234_067, 160)));
        for other in [
            "",
            "0",
            "0/0",
            "0/1000",
            "0/x000/001",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/05",
            "entries/000",
            "8/000",
            "255/000",
            "0/x999/x999/x999/x999/x999/x999/x999/x999/999",
            "data/000",
            "../0/000",
        ] {
            assert_eq!(named(other), None, "{other}");
        }
    }
}
