//! A right that is taken through one process is gone in another in the same moment: no event of who lost it comes after.

use futures::future::join_all;
use serde_json::json;
use uuid::Uuid;

use crate::harness::{Answer, Person, Room, TestApp};

/// Races of each kind.
const ROUNDS: usize = 10;

/// How Alice takes a right from Bob.
#[derive(Clone, Copy, Debug)]
enum Taking {
    Ban,
    RoleChanged,
    RoleDeleted,
    RoleTaken,
    Archive,
    Close,
}

/// What Bob does while he may.
#[derive(Clone, Copy, Debug)]
enum Doing {
    Send,
    Invite,
    DefineRole,
}

async fn takes(alice: &Person, room: &Room, bob: &Person, role: Uuid, taking: Taking) -> i64 {
    let itself = room.path(&format!("/roles/{role}"));
    let taken = match taking {
        Taking::Ban => alice.bans(room, bob, json!({})).await.expect(204),
        Taking::RoleChanged => alice.patch(&itself, json!({"permissions": {"allow": []}})).await.expect(200),
        Taking::RoleDeleted => alice.delete(&itself).await.expect(204),
        Taking::RoleTaken => alice.gives(room, bob, &[]).await.expect(200),
        Taking::Archive => alice.put(&room.path("/archive"), json!({})).await.expect(204),
        Taking::Close => alice.delete(&room.path("")).await.expect(204),
    };
    taken.position().expect("a position")
}

async fn does(bob: &Person, room: &Room, doing: Doing) -> Answer {
    match doing {
        Doing::Send => bob.post(&room.path("/messages"), json!({"text": "still here"})).await,
        Doing::Invite => bob.post(&room.path("/invites"), json!({})).await,
        Doing::DefineRole => bob.post(&room.path("/roles"), json!({"name": "x", "rank": 1})).await,
    }
}

#[tokio::test]
async fn nothing_is_done_with_a_right_that_was_taken() {
    let app = TestApp::without_nats().await;
    let elsewhere = app.setup.spawn_with(&["--roles=command-api"]).await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let bob_there = bob.at(&elsewhere.url);
    for (taking, doing) in [
        (Taking::Ban, Doing::Send),
        (Taking::RoleChanged, Doing::Invite),
        (Taking::RoleDeleted, Doing::DefineRole),
        (Taking::RoleTaken, Doing::Invite),
        (Taking::Archive, Doing::Send),
        (Taking::Close, Doing::Invite),
    ] {
        for _ in 0..ROUNDS {
            let room = alice.creates_room("contended").await;
            let role = alice.defines(&room, "Trusted", 10, &["invite_members", "manage_roles"]).await;
            alice.gives(&room, &bob, &[role]).await.expect(201);
            // Known to both processes.
            does(&bob_there, &room, doing).await.expect(201);
            let attempts = join_all((0..4).map(|_| does(&bob_there, &room, doing)));
            let (taken, attempts) = tokio::join!(takes(&alice, &room, &bob, role, taking), attempts);
            for attempt in attempts {
                let before = attempt.status == 201 && attempt.position() < Some(taken);
                assert!(before || attempt.status >= 400, "{taking:?}, {doing:?}: {} after {taken}", attempt.text);
            }
            assert!(does(&bob_there, &room, doing).await.status >= 400, "{taking:?}, {doing:?}");
        }
    }
}
