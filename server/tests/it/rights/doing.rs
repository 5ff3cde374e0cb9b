//! What is done with a right.

use serde_json::json;

use super::stage::Place;
use crate::harness::Answer;

/// What Bob does while he may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doing {
    Send,
    Edit,
    React,
    AddMember,
    Invite,
    DefineRole,
    StartCall,
    JoinCall,
    Signal,
}

impl Doing {
    /// Whether each attempt that succeeds is an event of its own.
    pub(super) fn is_told(self) -> bool {
        match self {
            Self::Send
            | Self::Edit
            | Self::React
            | Self::AddMember
            | Self::Invite
            | Self::DefineRole
            | Self::StartCall => true,
            // Of several lines that join at once one does.
            Self::JoinCall | Self::Signal => false,
        }
    }

    /// Bob's attempt number `number` in one of the lines in which he acts at once.
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
            Self::StartCall => starts(place).await,
            Self::JoinCall => {
                let me = format!("/v1/calls/{}/participants/me", place.call.expect("a call"));
                let joined = bob.put(&me, json!({})).await;
                // So that he can join again; that needs no right.
                bob.delete(&me).await;
                joined
            }
            Self::Signal => {
                let signal = json!({"to": place.alice.id, "payload": {"candidate": number}});
                bob.post(&format!("/v1/calls/{}/signals", place.call.expect("a call")), signal).await
            }
            Self::DefineRole => bob.post(&room.path("/roles"), json!({"name": "x", "rank": 1})).await,
        }
    }
}

/// Starts a call when no other line has one, and has it ended so that another can be started.
async fn starts(place: &Place<'_>) -> Answer {
    loop {
        let started = place.bob.post(&place.room.path("/calls"), json!({"media": "audio"})).await;
        if started.problem() == Some("call-in-progress") {
            continue;
        }
        if started.status == 201 {
            let ended = place.alice.delete(&format!("/v1/calls/{}", started.id())).await;
            assert!(matches!(ended.status, 204 | 404), "{}", ended.text);
        }
        return started;
    }
}
