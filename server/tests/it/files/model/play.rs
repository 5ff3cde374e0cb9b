//! How each act is done over HTTP.

use serde_json::{Value, json};
use uuid::Uuid;

use super::rules::World;
use super::{Act, PEOPLE};
use crate::files::file;
use crate::harness::{Answer, Person, Room, TestApp};

/// People and rooms of one story, and the ids of what was made in it.
pub(super) struct Play {
    people: Vec<Person>,
    rooms: Vec<Room>,
    files: Vec<Uuid>,
    messages: Vec<Uuid>,
    /// The newest position that was answered.
    head: i64,
}

impl Play {
    /// New people, so that nothing is left of other stories.
    pub(super) async fn begin(app: &TestApp) -> Self {
        let mut people = vec![];
        let story = app.head().await;
        for number in 0..PEOPLE {
            people.push(app.registers(&format!("{number}.{story}")).await);
        }
        let rooms = vec![people[0].creates_room("first").await, people[1].creates_room("second").await];
        people[0].adds(&rooms[0], &people[1]).await;
        for who in [0, 2] {
            people[1].adds(&rooms[1], &people[who]).await;
        }
        Self { people, rooms, files: vec![], messages: vec![], head: app.head().await }
    }

    /// Does it in the world as it is after; how it was answered.
    pub(super) async fn does(&mut self, by: usize, act: Act, world: &World) -> String {
        let answer = self.asks(by, act, world).await;
        self.head = self.head.max(answer.position().unwrap_or_default());
        if answer.status == 201 {
            self.learns(by, act, &answer, world).await;
        }
        answer.problem().map_or_else(|| answer.status.to_string(), |slug| format!("{} {slug}", answer.status))
    }

    async fn asks(&self, by: usize, act: Act, world: &World) -> Answer {
        let person = &self.people[by];
        let to_user = |number: usize, who: usize| {
            file(self.files[number], &format!("/permissions/users/{}", self.people[who].id))
        };
        let to_room = |number: usize, room: usize| {
            file(self.files[number], &format!("/permissions/rooms/{}", self.rooms[room].0))
        };
        let message = |number: usize, below: &str| {
            self.rooms[world.messages[number].room].path(&format!("/messages/{}{below}", self.messages[number]))
        };
        match act {
            // The same bytes each time: records of one blob.
            Act::Upload => person.upload("notes.txt", "hello").await,
            Act::GrantUser { file, to } => person.put(&to_user(file, to), json!({})).await,
            Act::RevokeUser { file, from } => person.delete(&to_user(file, from)).await,
            Act::GrantRoom { file, room } => person.put(&to_room(file, room), json!({})).await,
            Act::RevokeRoom { file, room } => person.delete(&to_room(file, room)).await,
            Act::DeleteFile { file: number } => person.delete(&file(self.files[number], "")).await,
            Act::Send { room, file } => {
                let body = json!({"text": "look", "file_ids": [self.files[file]]});
                person.post(&self.rooms[room].path("/messages"), body).await
            }
            Act::Forward { message: number, room } => {
                person.post(&message(number, "/forwards"), json!({"to_room_id": self.rooms[room].0})).await
            }
            Act::DeleteMessage { message: number } => person.delete(&message(number, "")).await,
            Act::Turn { room, who } => {
                let path = self.rooms[room].path(&format!("/members/{}", self.people[who].id));
                if world.is_in(who, room) { person.put(&path, json!({})).await } else { person.delete(&path).await }
            }
            Act::Forbid { room } => {
                let mut permissions = vec!["view_history", "send_messages"];
                permissions.extend(world.allows(room).then_some("send_files"));
                person.patch(&self.rooms[room].path(""), json!({"permissions": permissions})).await
            }
        }
    }

    /// Remembers the ids of what was made.
    async fn learns(&mut self, by: usize, act: Act, answer: &Answer, world: &World) {
        match act {
            Act::Upload => self.files.push(answer.id()),
            Act::Send { .. } => self.messages.push(answer.id()),
            Act::Forward { .. } => {
                self.messages.push(answer.id());
                let path = answer.header("location").unwrap();
                let shown = self.people[by].get(path).await.expect(200).body;
                let files = shown["data"]["files"].as_array().cloned().unwrap_or_default();
                assert_eq!(files.len(), world.messages.last().unwrap().files.len());
                let id = |file: &Value| -> Uuid { file["id"].as_str().unwrap().parse().unwrap() };
                self.files.extend(files.iter().map(id));
            }
            Act::GrantUser { .. }
            | Act::RevokeUser { .. }
            | Act::GrantRoom { .. }
            | Act::RevokeRoom { .. }
            | Act::DeleteFile { .. }
            | Act::DeleteMessage { .. }
            | Act::Turn { .. }
            | Act::Forbid { .. } => {}
        }
    }

    /// Whether somebody is shown a file and its bytes, as of everything that was done.
    pub(super) async fn sees(&self, who: usize, number: usize) -> bool {
        let asks = async |below| {
            let request = self.people[who].request("GET", &file(self.files[number], below));
            request.header("min-event-position", self.head.to_string()).patiently().await.status
        };
        let (shown, bytes) = (asks("").await, asks("/content").await);
        assert!(matches!((shown, bytes), (200, 200) | (404, 404)), "{shown} {bytes}");
        shown == 200
    }
}
