//! The tree of eight leaves that Certificate Transparency's own tests publish, and the definition of RFC 6962.

use proptest::prelude::*;
use record::{Edge, Leaf, Proof, Tiles};
use sha2::{Digest, Sha256};

/// The leaves, before they are hashed.
const LEAVES: [&str; 8] =
    ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

/// The root over the first one, two, ... of them.
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

/// Nodes that proofs are made of.
const SECOND: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const FIFTH: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const SEVENTH: &str = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f";
const THIRD_AND_FOURTH: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const FIFTH_AND_SIXTH: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
const LAST_TWO: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const LAST_FOUR: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";

fn leaf(bytes: &[u8]) -> Leaf {
    Leaf(Sha256::digest([&[0], bytes].concat()).into())
}

/// The edge of a tree of these leaves, and its tiles.
fn grown(leaves: &[Leaf]) -> (Edge, Tiles) {
    let (mut edge, mut full) = (Edge::default(), vec![]);
    for leaf in leaves {
        edge.push(*leaf, &mut full);
    }
    let mut tiles: Tiles = full.into_iter().map(|tile| ((tile.level, tile.index), tile.hashes)).collect();
    tiles.extend(edge.partial_tiles().map(|(level, index, hashes)| ((level, index), hashes.to_vec())));
    (edge, tiles)
}

fn published() -> Vec<Leaf> {
    LEAVES.iter().map(|bytes| leaf(&hex::decode(bytes).unwrap())).collect()
}

#[test]
fn its_roots_are_those_that_are_published() {
    for (size, root) in (1..).zip(ROOTS) {
        assert_eq!(hex::encode(grown(&published()[..size]).0.root()), root, "{size} leaves");
    }
}

#[test]
fn its_proofs_are_those_that_are_published() {
    let (_, tiles) = grown(&published());
    for (position, size, hashes) in [
        (1, 1, [].as_slice()),
        (1, 8, &[SECOND, THIRD_AND_FOURTH, LAST_FOUR]),
        (6, 8, &[FIFTH, LAST_TWO, ROOTS[3]]),
        (3, 3, &[ROOTS[1]]),
        (2, 5, &[ROOTS[0], THIRD_AND_FOURTH, FIFTH]),
    ] {
        assert_eq!(proved(Proof::Inclusion { position, size }, &tiles), hashes, "{position} of {size}");
    }
    for (from, to, hashes) in [
        (1, 1, [].as_slice()),
        (1, 8, &[SECOND, THIRD_AND_FOURTH, LAST_FOUR]),
        (6, 8, &[FIFTH_AND_SIXTH, LAST_TWO, ROOTS[3]]),
        (2, 5, &[THIRD_AND_FOURTH, FIFTH]),
        (6, 7, &[FIFTH_AND_SIXTH, SEVENTH, ROOTS[3]]),
    ] {
        assert_eq!(proved(Proof::Consistency { from, to }, &tiles), hashes, "from {from} to {to}");
    }
}

fn proved(proof: Proof, tiles: &Tiles) -> Vec<String> {
    proof.hashes(tiles).unwrap().into_iter().map(hex::encode).collect()
}

/// The root over at least one leaf, as RFC 6962, section 2.1, defines it, and by nothing of a library's but SHA-256.
fn defined(leaves: &[Leaf]) -> [u8; 32] {
    if let [only] = leaves {
        return only.0;
    }
    // The greatest power of two that is smaller than their number.
    let (left, right) = leaves.split_at(1 << (leaves.len() - 1).ilog2());
    Sha256::digest([&[1], defined(left).as_slice(), defined(right).as_slice()].concat()).into()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_root_is_what_the_rfc_defines(size in 1..1500_u32, salt in any::<u32>()) {
        let leaves: Vec<_> = (0..size).map(|number| leaf(&(number ^ salt).to_be_bytes())).collect();
        prop_assert_eq!(grown(&leaves).0.root(), defined(&leaves));
    }
}
