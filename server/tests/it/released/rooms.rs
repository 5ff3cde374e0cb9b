//! Rooms of each kind, and what is done about who may do what, and who may be where.

use serde_json::json;

use super::story::Cast;
use crate::harness::{Person, Room};

/// Its rooms, each of Alice's at first.
pub(super) struct Rooms {
    /// Public, with Bob and Carol; Dave is banned.
    pub(super) general: Room,
    /// Bob's by now, with Alice and Dave.
    pub(super) given: Room,
    /// Alice's own, which keeps messages for a time.
    pub(super) brief: Room,
    closed: Room,
    /// Of Alice and Bob.
    pub(super) dialog: Room,
    /// Of Alice and Bob.
    pub(super) secret: Room,
}

impl Rooms {
    pub(super) async fn made(cast: &Cast) -> Self {
        let Cast { alice, bob, carol, dave, .. } = cast;
        let dialog = json!({"type": "dialog", "member_ids": [bob.id]});
        let rooms = Self {
            general: alice.creates_room("general").await,
            given: alice.creates_room("given").await,
            brief: alice.creates_room("brief").await,
            closed: alice.creates_room("closed").await,
            dialog: Room(alice.post("/v1/rooms", dialog).await.expect(201).id()),
            secret: alice.confides_in(bob).await,
        };
        changed(alice, &rooms.general).await;
        for member in [bob, carol] {
            alice.adds(&rooms.general, member).await;
        }
        with_roles(alice, bob, &rooms.general).await;
        as_one_wants_it(bob, &rooms.general).await;
        moderated(alice, dave, &rooms.general).await;
        given_away(alice, bob, dave, &rooms.given).await;
        alice.delete(&rooms.closed.path("")).await.expect(204);
        rooms
    }

    pub(super) fn all(&self) -> [Room; 6] {
        [self.general, self.given, self.brief, self.closed, self.dialog, self.secret]
    }
}

/// What can be changed is, and it is in the archive for a while.
async fn changed(alice: &Person, room: &Room) {
    let permissions = ["view_history", "send_messages", "send_files", "react", "start_calls", "invite_members"];
    let new = json!({"name": "Engine room", "topic": "Steam", "visibility": "public", "permissions": permissions});
    alice.patch(&room.path(""), new).await.expect(200);
    alice.put(&room.path("/archive"), json!({})).await.expect(204);
    alice.delete(&room.path("/archive")).await.expect(204);
}

/// Bob has a role, which has changed, and another is gone.
async fn with_roles(alice: &Person, bob: &Person, room: &Room) {
    let role = alice.defines(room, "Helper", 1, &["pin_messages"]).await;
    let other = alice.defines(room, "Guest", 2, &[]).await;
    alice.patch(&room.path(&format!("/roles/{role}")), json!({"name": "Keeper", "rank": 3})).await.expect(200);
    alice.gives(room, bob, &[role, other]).await.expect(200);
    alice.delete(&room.path(&format!("/roles/{other}"))).await.expect(204);
}

/// Bob mutes and pins it, lets both be, and pins it again.
async fn as_one_wants_it(bob: &Person, room: &Room) {
    for wanted in [
        json!({"is_muted": true, "is_pinned": true}),
        json!({"is_muted": false}),
        json!({"is_pinned": false}),
        json!({"is_pinned": true}),
    ] {
        bob.patch(&room.path("/membership"), wanted).await.expect(200);
    }
}

/// Dave comes and goes, is put out, banned, let in again and banned for good.
async fn moderated(alice: &Person, dave: &Person, room: &Room) {
    dave.joins(room).await.expect(201);
    dave.leaves(room).await;
    dave.joins(room).await.expect(201);
    alice.removes(room, dave).await;
    alice.bans(room, dave, json!({"reason": "spam"})).await.expect(204);
    alice.unbans(room, dave).await.expect(204);
    alice.bans(room, dave, json!({"reason": "more spam"})).await.expect(204);
}

/// Dave comes in with an invite, another is taken back, and Bob gets the room.
async fn given_away(alice: &Person, bob: &Person, dave: &Person, room: &Room) {
    let code = alice.invites(room, json!({"max_uses": 5})).await;
    dave.accepts(&code).await.expect(201);
    let revoked = alice.invites(room, json!({})).await;
    alice.delete(&room.path(&format!("/invites/{revoked}"))).await.expect(204);
    alice.adds(room, bob).await;
    alice.put(&room.path("/ownership"), json!({"user_id": bob.id})).await.expect(204);
}
