//! What people do about who may do what, and who may be where.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Person, Room};

impl Person {
    /// Makes a role that gives something.
    pub(crate) async fn defines(&self, room: &Room, name: &str, rank: i32, allow: &[&str]) -> Uuid {
        let body = json!({"name": name, "rank": rank, "permissions": {"allow": allow}});
        self.post(&room.path("/roles"), body).await.expect(201).id()
    }

    /// Says which roles a member has, or brings somebody in with them.
    pub(crate) async fn gives(&self, room: &Room, other: &Self, roles: &[Uuid]) -> Answer {
        self.put(&room.path(&format!("/members/{}", other.id)), json!({"roles": roles})).await
    }

    pub(crate) async fn bans(&self, room: &Room, other: &Self, body: Value) -> Answer {
        self.put(&room.path(&format!("/bans/{}", other.id)), body).await
    }

    pub(crate) async fn unbans(&self, room: &Room, other: &Self) -> Answer {
        self.delete(&room.path(&format!("/bans/{}", other.id))).await
    }

    pub(crate) async fn joins(&self, room: &Room) -> Answer {
        self.put(&room.path("/members/me"), json!({})).await
    }

    /// The code of an invite that they make.
    pub(crate) async fn invites(&self, room: &Room, body: Value) -> String {
        let made = self.post(&room.path("/invites"), body).await.expect(201);
        made.body["code"].as_str().expect("a code").to_owned()
    }

    pub(crate) async fn accepts(&self, code: &str) -> Answer {
        self.noting(self.request("POST", &format!("/v1/invites/{code}/acceptance")).send().await)
    }

    /// Their own part of a room.
    pub(crate) async fn part_of(&self, room: &Room) -> Value {
        self.get(&room.path("")).await.expect(200).body["my"].take()
    }
}
