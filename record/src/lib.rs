//! The record: what makes the log tamper-evident. Each event is a leaf of a Merkle tree (RFC 6962); the tree is kept as
//! tiles (C2SP tlog-tiles) and its head is signed (C2SP tlog-checkpoint). No I/O; the trees are `tlog_tiles`'s.

mod check;
mod edge;
mod event;
mod head;
mod included;
mod key;
mod leaf;
mod proof;
mod tile_name;

pub use check::{Check, Checked, Differs};
pub use edge::{Edge, FullTile, WIDTH};
pub use event::{Event, NotAnEvent};
pub use head::{BadHead, Head};
pub use included::NotIncluded;
pub use key::{BadSigningKey, SigningKeys, VerifierKey};
pub use leaf::{Leaf, Sha256Hex, Written};
pub use proof::{NotInTree, Proof, Tiles};
pub use tile_name::TileName;
