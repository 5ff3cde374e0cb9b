//! Read models that are rebuilt while people write and read: nobody notices.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::harness::{Person, Room, TestApp};

/// Rebuilds, one after the other.
const REBUILDS: usize = 3;

/// Writes and reads what they wrote, by every route, as of what they did and as of anything, until it is over. Each query
/// is asked once. How often.
async fn talks(person: &Person, room: &Room, over: &AtomicBool) -> usize {
    let mut told = Vec::new();
    while !over.load(Ordering::SeqCst) {
        let words = format!("{} of {}", told.len(), person.email);
        person.sends(room, &words).await;
        told.push(words);
        let theirs = person
            .reads_at_once(room)
            .await
            .into_iter()
            .filter(|text| text.ends_with(&person.email))
            .collect::<Vec<_>>();
        assert_eq!(theirs, told[told.len() - theirs.len()..]);
        let within = ["", "/members", "/messages"].map(|below| room.path(below));
        let without = ["/v1/rooms", "/v1/users/me", "/v1/search?q=of"];
        for path in without.into_iter().chain(within.iter().map(String::as_str)) {
            person.get_at_once(path).await.expect(200);
            // Who asks for no position is never told to come again: a switch makes them wait for a moment at most.
            person.request("GET", path).send().await.expect(200);
        }
        let search = format!("/v1/search?q={}", told.last().unwrap().replace(' ', "%20"));
        assert_eq!(person.get_at_once(&search).await.expect(200).items().len(), 1);
    }
    told.len()
}

#[tokio::test]
async fn a_rebuild_beside_a_live_load_fails_no_query() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let over = AtomicBool::new(false);
    let rebuild = async {
        for _ in 0..REBUILDS {
            let before = app.head().await;
            let rebuilt = app.setup.command(["projections", "rebuild"]).await;
            assert!(rebuilt.status.success(), "{rebuilt:?}");
            assert!(app.head().await > before, "nobody wrote meanwhile: this tests nothing");
        }
        over.store(true, Ordering::SeqCst);
    };
    let ((), alices, bobs) = tokio::join!(rebuild, talks(&alice, &room, &over), talks(&bob, &room, &over));
    assert!(alices > 0 && bobs > 0);
    app.settled().await;
    let verified = app.setup.command(["projections", "verify"]).await;
    assert!(verified.status.success(), "{verified:?}");
    let said = String::from_utf8(verified.stdout).unwrap();
    assert!(said.contains(&format!("generation {}", REBUILDS + 1)), "{said}");
}
