//! What is said, changed, reacted to, pinned, forwarded, deleted and read.

use serde_json::json;

use super::rooms::Rooms;
use super::story::Cast;
use crate::erasures::finished;
use crate::harness::room::Sent;

/// The three talk; the message to which most happens.
pub(super) async fn said(cast: &Cast, rooms: &Rooms) -> Sent {
    let (Cast { alice, bob, carol, .. }, room) = (cast, &rooms.general);
    let first = alice.sends(room, "helo @carol, see http://example.org about the engine").await;
    let message = room.message(&first, "");
    alice.patch(&message, json!({"text": "hello @carol, the engine `runs`"})).await.expect(200);
    let reply = json!({"text": "so does the pump", "reply_to": first.id});
    bob.post(&room.path("/messages"), reply).await.expect(201);
    for (person, emoji) in [(bob, "👍"), (carol, "👍"), (carol, "🦀")] {
        person.put(&format!("{message}/reactions/{emoji}"), json!({})).await.expect(204);
    }
    bob.delete(&format!("{message}/reactions/👍")).await.expect(204);

    let second = carol.sends(room, "the second @all").await;
    for sent in [&first, &second] {
        alice.put(&room.message(sent, "/pin"), json!({})).await.expect(204);
    }
    alice.delete(&room.message(&second, "/pin")).await.expect(204);
    let regretted = bob.sends(room, "the regretted").await;
    bob.delete(&room.message(&regretted, "")).await.expect(204);
    bob.post(&format!("{message}/forwards"), json!({"to_room_id": rooms.dialog.0})).await.expect(201);
    bob.sends(&rooms.dialog, "the two of us").await;
    carol.put(&room.path("/read"), json!({"position": second.position})).await.expect(204);
    first
}

/// Two whisper, and one message is destroyed.
pub(super) async fn whispered(cast: &Cast, rooms: &Rooms) {
    let (Cast { alice, bob, .. }, room) = (cast, &rooms.secret);
    let kept = alice.sends(room, "the secret").await;
    bob.put(&room.message(&kept, "/reactions/🦀"), json!({})).await.expect(204);
    alice.patch(&room.message(&kept, ""), json!({"text": "the other secret"})).await.expect(200);
    let destroyed = alice.sends(room, "never said").await;
    let receipt = alice.delete(&room.message(&destroyed, "")).await.expect(200);
    finished(alice, &receipt).await;
}
