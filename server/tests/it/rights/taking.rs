//! How a right is taken.

use serde_json::json;

use super::doing::Doing;
use super::stage::{Pair, Place};
use crate::harness::Answer;

/// In how many ways roles, and what the room gives everyone, take a right.
const WAYS: usize = 5;

/// How Bob loses the right to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taking {
    Removal,
    Ban,
    RoleChange,
    Revocation,
    Suspension,
    PasswordChange,
    Archive,
    Close,
}

impl Taking {
    pub(super) const ALL: [Self; 8] = [
        Self::Removal,
        Self::Ban,
        Self::RoleChange,
        Self::Revocation,
        Self::Suspension,
        Self::PasswordChange,
        Self::Archive,
        Self::Close,
    ];

    /// What it is raced against.
    pub(super) fn meets(self) -> &'static [Doing] {
        use Doing::{AddMember, DefineRole, Edit, Invite, JoinCall, React, Send, Signal, StartCall};
        match self {
            Self::Removal | Self::Ban | Self::Revocation | Self::Suspension | Self::PasswordChange | Self::Archive => {
                &[Send, Edit, React, AddMember, StartCall, JoinCall, Signal]
            }
            // No role takes from members that they join.
            Self::RoleChange => &[Send, Edit, React, AddMember, Invite, DefineRole, StartCall],
            Self::Close => &[Send, Edit, React, AddMember, Invite, DefineRole, StartCall, JoinCall, Signal],
        }
    }

    /// Whether what is taken in this round is what the room gives everyone, and not what Bob's role gives him.
    pub(super) fn is_from_everyone(self, round: usize) -> bool {
        self == Self::RoleChange && round % WAYS == WAYS - 1
    }

    /// Whether it ends the session in which Bob acts.
    pub(super) fn ends_sessions(self) -> bool {
        match self {
            Self::Revocation | Self::Suspension | Self::PasswordChange => true,
            Self::Removal | Self::Ban | Self::RoleChange | Self::Archive | Self::Close => false,
        }
    }

    /// What Bob is told from then on.
    pub(super) fn refusal(self) -> (u16, &'static str) {
        match self {
            Self::Removal | Self::Ban | Self::Close => (404, "not-found"),
            Self::RoleChange => (403, "forbidden"),
            Self::Revocation | Self::Suspension | Self::PasswordChange => (401, "not-signed-in"),
            Self::Archive => (409, "archived"),
        }
    }
}

impl Pair {
    /// Takes the right from Bob; the position of the event that takes it.
    pub(super) async fn takes(&self, place: &Place<'_>, round: usize) -> i64 {
        let (alice, room) = (&place.alice, &place.room);
        let taken = match self.taking {
            Taking::Removal => alice.delete(&room.path(&format!("/members/{}", self.bob.id))).await.expect(204),
            Taking::Ban => alice.bans(room, &self.bob, json!({})).await.expect(204),
            Taking::RoleChange => self.changes_roles(place, round).await,
            Taking::Revocation => place.laptop.delete(&format!("/v1/sessions/{}", place.session)).await.expect(204),
            Taking::Suspension => {
                alice.put(&format!("/v1/users/{}/suspension", self.bob.id), json!({})).await.expect(204)
            }
            Taking::PasswordChange => {
                let change = json!({"current": self.password(), "new": self.other_password()});
                place.laptop.put("/v1/users/me/password", change).await.expect(204)
            }
            Taking::Archive => alice.put(&room.path("/archive"), json!({})).await.expect(204),
            Taking::Close => alice.delete(&room.path("")).await.expect(204),
        };
        taken.position().expect("a position")
    }

    /// Each way in which roles, and what the room gives everyone, take a right, in turn.
    async fn changes_roles(&self, place: &Place<'_>, round: usize) -> Answer {
        let (alice, room) = (&place.alice, &place.room);
        let role = room.path(&format!("/roles/{}", place.role));
        match round % WAYS {
            0 => alice.patch(&role, json!({"permissions": {"allow": []}})).await.expect(200),
            1 => alice.delete(&role).await.expect(204),
            2 => alice.gives(room, &self.bob, &[]).await.expect(200),
            3 => alice.gives(room, &self.bob, &[place.role, place.gag]).await.expect(200),
            _ => alice.patch(&room.path(""), json!({"permissions": ["view_history"]})).await.expect(200),
        }
    }
}
