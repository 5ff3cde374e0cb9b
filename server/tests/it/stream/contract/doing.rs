//! What people do, as dice fall.

use serde_json::{Value, json};

use crate::harness::{Answer, Person, Room};

/// People and their rooms.
pub(super) struct Doing<'a> {
    pub(super) people: &'a [Person],
    pub(super) rooms: &'a [Room],
}

impl Doing<'_> {
    /// Somebody does something somewhere. Much of it is refused, which is as well.
    pub(super) async fn something(&self, dice: [u8; 8]) {
        let [who, whom, whence, what, which, how, ..] = dice.map(usize::from);
        let (one, other) = (&self.people[who % self.people.len()], &self.people[whom % self.people.len()]);
        let room = &self.rooms[whence % self.rooms.len()];
        let done = match what % 30 {
            0..7 => one.post(&room.path("/messages"), json!({"text": format!("{what} {which} {how}")})).await,
            7 | 8 => self.to_a_message(one, room, which, "PATCH", "", json!({"text": format!("edited {how}")})).await,
            9 => self.to_a_message(one, room, which, "DELETE", "", Value::Null).await,
            10 | 11 => self.to_a_message(one, room, which, "PUT", emoji(how), json!({})).await,
            12 => self.to_a_message(one, room, which, "DELETE", emoji(how), Value::Null).await,
            13 => self.to_a_message(one, room, which, "PUT", "/pin", json!({})).await,
            14 => self.to_a_message(one, room, which, "DELETE", "/pin", Value::Null).await,
            15 | 16 => self.reads_on(one, room, which).await,
            17 => one.patch(&room.path(""), json!({"name": format!("room {how}"), "topic": format!("{which}")})).await,
            18 => self.changes_who_is_in(one, other, room, how).await,
            19 => one.patch("/v1/users/me", json!({"display_name": format!("{} {how}", one.email)})).await,
            20 => one.put("/v1/users/me/settings", json!({"volume": how})).await,
            21 => self.sends_a_file(one, room, how).await,
            22 => self.changes_roles(one, other, room, how).await,
            23 | 24 => self.calls(one, room, how).await,
            25 => self.invites(one, other, room, how).await,
            26 => self.bans(one, other, room, how).await,
            27 => self.blocks(one, other, how).await,
            28 => self.makes_and_closes_a_room(one, other).await,
            _ => one.patch(&room.path("/membership"), json!({"is_muted": how % 2 == 0})).await,
        };
        assert!(done.status < 500, "{}", done.text);
    }

    /// Whoever left the square or was removed comes back, and everybody is let into the parlour.
    pub(super) async fn gather(&self) {
        for one in self.people {
            assert!(one.put(&self.rooms[0].path("/members/me"), json!({})).await.status < 500);
            let member = self.rooms[1].path(&format!("/members/{}", one.id));
            assert!(self.people[1].put(&member, json!({})).await.status < 500);
        }
    }

    /// Does something to one of the newest messages of a room.
    async fn to_a_message(
        &self,
        one: &Person,
        room: &Room,
        which: usize,
        method: &str,
        below: &str,
        body: Value,
    ) -> Answer {
        let page = one.get(&room.path("/messages?limit=12")).await;
        let Some(messages) = page.body["items"].as_array().filter(|messages| !messages.is_empty()) else { return page };
        let id = messages[which % messages.len()]["id"].as_str().unwrap_or_default();
        let path = room.path(&format!("/messages/{id}{below}"));
        match method {
            "PATCH" => one.patch(&path, body).await,
            "PUT" => one.put(&path, body).await,
            _ => one.delete(&path).await,
        }
    }

    async fn reads_on(&self, one: &Person, room: &Room, which: usize) -> Answer {
        let page = one.get(&room.path("/messages?limit=5")).await;
        let Some(messages) = page.body["items"].as_array().filter(|messages| !messages.is_empty()) else { return page };
        let position = &messages[which % messages.len()]["position"];
        one.put(&room.path("/read"), json!({"position": position})).await
    }

    async fn changes_who_is_in(&self, one: &Person, other: &Person, room: &Room, how: usize) -> Answer {
        let member = room.path(&format!("/members/{}", other.id));
        match how % 5 {
            0 => one.put(&room.path("/members/me"), json!({})).await,
            1 => one.delete(&member).await,
            2 => one.delete(&room.path(&format!("/members/{}", one.id))).await,
            _ => one.put(&member, json!({})).await,
        }
    }

    /// Starts a call, or does something with the newest one of a room.
    async fn calls(&self, one: &Person, room: &Room, how: usize) -> Answer {
        let calls = one.get(&room.path("/calls?limit=1")).await;
        let newest = calls.body["items"][0]["id"].as_str().map(|id| format!("/v1/calls/{id}"));
        match (newest, how % 4) {
            (Some(call), 1) => one.put(&format!("{call}/participants/me"), json!({})).await,
            (Some(call), 2) => one.delete(&format!("{call}/participants/me")).await,
            (Some(call), 3) => one.delete(&call).await,
            _ => one.post(&room.path("/calls"), json!({"media": "audio"})).await,
        }
    }

    async fn invites(&self, one: &Person, other: &Person, room: &Room, how: usize) -> Answer {
        let made = one.post(&room.path("/invites"), json!({"max_uses": 1 + how % 2})).await;
        let Some(code) = made.body["code"].as_str().map(str::to_owned) else { return made };
        if how.is_multiple_of(3) {
            return one.delete(&room.path(&format!("/invites/{code}"))).await;
        }
        other.post(&format!("/v1/invites/{code}/acceptance"), json!({})).await
    }

    /// Bans somebody for a moment: they come back.
    async fn bans(&self, one: &Person, other: &Person, room: &Room, how: usize) -> Answer {
        let ban = room.path(&format!("/bans/{}", other.id));
        let banned = one.put(&ban, json!({"reason": format!("{how}")})).await;
        if banned.status == 204 { one.delete(&ban).await } else { banned }
    }

    async fn blocks(&self, one: &Person, other: &Person, how: usize) -> Answer {
        let block = format!("/v1/users/me/blocks/{}", other.id);
        if how.is_multiple_of(2) { one.put(&block, json!({})).await } else { one.delete(&block).await }
    }

    async fn makes_and_closes_a_room(&self, one: &Person, other: &Person) -> Answer {
        let made =
            one.post("/v1/rooms", json!({"type": "group", "name": "for a moment", "member_ids": [other.id]})).await;
        let Some(id) = made.body["id"].as_str().map(str::to_owned) else { return made };
        other.post(&format!("/v1/rooms/{id}/messages"), json!({"text": "is anybody here?"})).await;
        one.delete(&format!("/v1/rooms/{id}")).await
    }

    async fn sends_a_file(&self, one: &Person, room: &Room, how: usize) -> Answer {
        let uploaded = one.upload(&format!("{how}.txt"), format!("file {how}")).await;
        let Some(id) = uploaded.body["id"].as_str().map(str::to_owned) else { return uploaded };
        let sent = one.post(&room.path("/messages"), json!({"file_ids": [id]})).await;
        if how.is_multiple_of(2) {
            one.patch("/v1/users/me", json!({"avatar_file_id": id})).await;
        }
        if how.is_multiple_of(3) { one.delete(&format!("/v1/files/{id}")).await } else { sent }
    }

    /// Defines a role, gives it to somebody, and sometimes takes it away for all.
    async fn changes_roles(&self, one: &Person, other: &Person, room: &Room, how: usize) -> Answer {
        let permissions = match how % 4 {
            0 => json!({"allow": ["pin_messages"], "deny": []}),
            1 => json!({"allow": [], "deny": ["view_history"]}),
            _ => json!({"allow": ["remove_members"], "deny": ["react"]}),
        };
        let role = json!({"name": format!("role {how}"), "rank": 1, "permissions": permissions});
        let defined = one.post(&room.path("/roles"), role).await;
        let Some(role) = defined.body["id"].as_str().map(str::to_owned) else { return defined };
        let given = one.put(&room.path(&format!("/members/{}", other.id)), json!({"roles": [role]})).await;
        if how.is_multiple_of(2) { one.delete(&room.path(&format!("/roles/{role}"))).await } else { given }
    }
}

fn emoji(how: usize) -> &'static str {
    ["/reactions/👍", "/reactions/🎉", "/reactions/🙈"][how % 3]
}
