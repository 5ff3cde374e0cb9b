//! Tiles over HTTP: whoever has them alone has each leaf, and comes to the root that was signed.

use futures::future::join_all;
use record::Head;
use tlog_tiles::{Hash, node_hash};

use super::{checkpoint, export, leaf, sealed};
use crate::harness::Person;

/// Hashes of a full tile.
const WIDTH: usize = 256;

/// The hashes of a tile.
async fn tile(auditor: &Person, name: &str) -> Vec<Hash> {
    let answer = auditor.request("GET", &format!("/v1/audit/tile/{name}")).raw().send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{name}");
    let hashes = answer.bytes().await.unwrap();
    hashes.chunks(32).map(|hash| Hash(hash.try_into().unwrap())).collect()
}

/// The root over some leaves, as RFC 6962 defines it.
fn root(leaves: &[Hash]) -> Hash {
    if let [leaf] = leaves {
        return *leaf;
    }
    let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
    node_hash(root(left), root(right))
}

#[tokio::test]
async fn full_tiles_and_the_level_above_them_are_those_of_the_signed_tree() {
    let (app, ada) = sealed().await;
    let (bob, room) = app.member_of_a_room("bob").await;
    for _ in 0..16 {
        join_all((0..16).map(|_| bob.sends(&room, "and so on"))).await;
    }
    let exported: Vec<Hash> = export(&ada).await.lines().map(leaf).collect();
    let signed = checkpoint(&app, &ada).await;
    let (head, size) =
        (Head::read(signed.text.as_bytes()).unwrap(), usize::try_from(signed.position().unwrap()).unwrap());

    let (full, rest) = (tile(&ada, "0/000").await, tile(&ada, &format!("0/001.p/{}", size - WIDTH)).await);
    assert_eq!((full.len(), full.len() + rest.len()), (WIDTH, size));
    let leaves = [full.as_slice(), &rest].concat();
    // The export ends before what it put on record itself.
    assert_eq!(exported, leaves[..size - 1]);
    assert_eq!(tile(&ada, "1/000.p/1").await, [root(&full)]);
    assert_eq!(root(&leaves), Hash(head.root));
    // Of a full tile a part is what it was before it was full.
    assert_eq!(tile(&ada, "0/000.p/5").await, full[..5]);
    for not_full in ["0/001", "1/000", "2/000.p/1"] {
        ada.get(&format!("/v1/audit/tile/{not_full}")).await.expect_problem(404, "not-found");
    }
}
