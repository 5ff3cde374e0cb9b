//! What is done with a right.

use serde_json::json;

use super::stage::Place;
use crate::harness::Answer;

/// What Bob does while he may.
#[derive(Clone, Copy, Debug)]
pub(super) enum Doing {
    Send,
    Edit,
    React,
    AddMember,
    Invite,
    DefineRole,
}

impl Doing {
    /// Bob's attempt number `number` in one of the lines in which he acts at once. One that succeeds is one event.
    pub(super) async fn attempt(self, place: &Place<'_>, line: usize, number: usize) -> Answer {
        let (bob, room) = (&place.bob, place.room);
        match self {
            Self::Send => bob.post(&room.path("/messages"), json!({"text": "still here"})).await,
            Self::Edit => {
                let text = format!("wording {number}");
                bob.patch(&room.message(&place.messages[line], ""), json!({"text": text})).await
            }
            Self::React => {
                let below = format!("/reactions/{number}");
                bob.put(&room.message(&place.messages[line], &below), json!({})).await
            }
            Self::AddMember => {
                let guest = room.path(&format!("/members/{}", place.guests[line]));
                let added = bob.put(&guest, json!({})).await;
                if added.status == 201 {
                    // So that he can be added again; unless the room is closed by now.
                    let removed = place.alice.delete(&guest).await;
                    assert!(matches!(removed.status, 204 | 404), "{}", removed.text);
                }
                added
            }
            Self::Invite => bob.post(&room.path("/invites"), json!({})).await,
            Self::DefineRole => bob.post(&room.path("/roles"), json!({"name": "x", "rank": 1})).await,
        }
    }
}
