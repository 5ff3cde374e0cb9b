//! What auditors are told of a room as it was is what was shown to whoever was in it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::Past;
use crate::model::play::{Play, differences};
use crate::model::world::{Kind, World};

/// What auditors ask for.
pub(super) const OPERATIONS: [&str; 3] = ["GetPastRoom", "ListPastMembers", "ListPastMessages"];

/// The fields of a room that are shown alike to members and to auditors.
const OF_A_ROOM: [&str; 14] = [
    "id",
    "type",
    "visibility",
    "name",
    "topic",
    "permissions",
    "roles",
    "created_by",
    "owner_id",
    "created_at",
    "archived",
    "retain_for",
    "member_count",
    "version",
];

/// The fields of a member that are shown alike to members and to auditors.
const OF_A_MEMBER: [&str; 5] = ["user_id", "display_name", "roles", "joined_at", "version"];

/// What auditors are told of a room, and of who was in it.
struct Told {
    id: Uuid,
    room: Value,
    members: Vec<Value>,
}

/// Whether they are told so of every room that there was.
pub(super) async fn are_told(play: &mut Play<'_>, past: &Past, then: &World) -> Result<(), String> {
    for (number, room) in &then.rooms {
        let told = Told::of(play.room_id(*number), past).await;
        let sent = then.messages.values().filter(|message| message.room == *number).count();
        let counted = json!({"closed": room.closed, "message_count": sent});
        told.alike("it", &counted, &fields(&told.room, &["closed", "message_count"]))?;
        for viewer in room.members.keys() {
            let (person, saw) = (play.person(*viewer), !room.closed && then.is_here(*viewer));
            told.sight(past, person, saw, room.may(*viewer, "view_history"))?;
            if saw {
                told.shown(past, person).await?;
            }
            told.messages(past, room.kind, person, saw).await?;
        }
    }
    Ok(())
}

impl Told {
    async fn of(id: Uuid, past: &Past) -> Self {
        let (path, as_of) = (format!("/v1/audit/rooms/{id}"), past.position);
        let room = past.tells(&format!("{path}?as_of={as_of}")).await.expect(200).body;
        let members = past.tells(&format!("{path}/members?as_of={as_of}")).await.expect(200).items().to_vec();
        Self { id, room, members }
    }

    /// Compares what was shown with what they are told.
    fn alike(&self, what: &str, shown: &Value, told: &Value) -> Result<(), String> {
        let different = differences("", shown, told);
        if different.is_empty() {
            return Ok(());
        }
        Err(format!("auditors are not told of {} as {what} was shown:\n{}", self.id, different.join("\n")))
    }

    fn member(&self, viewer: Uuid) -> Result<&Value, String> {
        let member = self.members.iter().find(|member| member["user_id"] == json!(viewer));
        member.ok_or_else(|| format!("auditors are not told that {viewer} was in {}", self.id))
    }

    /// What a member could see: all, or what came after them; nothing, if the room was closed, or they could not
    /// sign in.
    fn sight(&self, past: &Past, viewer: Uuid, saw: bool, all: bool) -> Result<(), String> {
        let after = self.member(viewer)?["sees_after"].as_i64().unwrap_or(-1);
        let as_it_was = match (saw, all) {
            (false, _) => after == past.position,
            (true, true) => after == 0,
            (true, false) => (1..=past.position).contains(&after),
        };
        if as_it_was { Ok(()) } else { Err(format!("auditors are told that {viewer} saw {} after {after}", self.id)) }
    }

    /// The room, who was in it, and what a member could do, as they saw it.
    async fn shown(&self, past: &Past, viewer: Uuid) -> Result<(), String> {
        let room = past.shows(viewer, &format!("/v1/rooms/{}", self.id)).await.expect(200).body;
        self.alike("it", &fields(&room, &OF_A_ROOM), &fields(&self.room, &OF_A_ROOM))?;
        self.alike("what one could do", &room["my"]["permissions"], &self.member(viewer)?["permissions"])?;
        let members = past.shows(viewer, &format!("/v1/rooms/{}/members", self.id)).await.expect(200);
        self.alike("who was in it", &each(members.items()), &each(&self.members))
    }

    /// What a member saw of what was said.
    async fn messages(&self, past: &Past, kind: Kind, viewer: Uuid, saw: bool) -> Result<(), String> {
        let (room, as_of) = (self.id, past.position);
        let path = format!("/v1/audit/rooms/{room}/messages?limit=200&as_of={as_of}&member={viewer}");
        let told = past.tells(&path).await.expect(200);
        let shown = past.shows(viewer, &format!("/v1/rooms/{room}/messages?limit=200")).await;
        let saw = if saw { shown.expect(200).items().to_vec() } else { vec![] };
        let (saw, told) = (said(&saw, kind), said(told.items(), kind));
        if saw == told {
            Ok(())
        } else {
            Err(format!("{viewer} saw {saw:#?} in {room}, and auditors are told {told:#?}"))
        }
    }
}

fn fields(document: &Value, names: &[&str]) -> Value {
    Value::Object(names.iter().map(|name| ((*name).to_owned(), document[*name].clone())).collect())
}

fn each(members: &[Value]) -> Value {
    members.iter().map(|member| fields(member, &OF_A_MEMBER)).collect()
}

/// The fields of messages that are shown alike to members and to auditors.
fn said(messages: &[Value], kind: Kind) -> Vec<Value> {
    let one = |message: &Value| {
        // Of a secret room members are shown what does not open as deleted.
        let closed = kind == Kind::Secret && message["type"] == "message";
        let gone = closed || message["status"] == "deleted" || message["erased"] == true;
        let count = |reaction: &Value| json!([reaction["emoji"], reaction["count"]]);
        let mut reactions: Vec<_> = message["reactions"].as_array().into_iter().flatten().map(count).collect();
        reactions.sort_by_key(ToString::to_string);
        json!({
            "id": message["id"], "gone": gone, "sender_id": message["sender_id"], "type": message["type"],
            "text": message["data"]["text"], "event": message["data"]["event"], "position": message["position"],
            "pinned": message["pinned"] == true && !gone, "edited_at": message["edited_at"],
            "reactions": if gone { vec![] } else { reactions },
        })
    };
    messages.iter().map(one).collect()
}
