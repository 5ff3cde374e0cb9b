//! Frames of many events at once: what their things look like now, by the same code as the queries' answers, for nobody in
//! particular.

mod files;
mod people;
mod rooms;
mod shown;

use std::collections::HashMap;
use std::sync::Arc;

use api_kit::Problem;
use serde_json::{Value, json};
use uuid::Uuid;

use super::about::{About, Grantee, Noted};
use super::frame::{Body, Frame};
use crate::asking::{Interrupted, View};
use files::SeenFile;
use shown::Shown;

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// Members who see what was said at this position.
    Members { room: Uuid, of: i64 },
    /// Members who see who is banned.
    Wardens { room: Uuid },
    /// Members who see invites.
    Inviters { room: Uuid },
    /// These members.
    Some { room: Uuid, users: Vec<Uuid> },
    /// Whoever was a member until now.
    Former { room: Uuid },
    /// Whoever is in one of these rooms.
    Sharing { rooms: Vec<Uuid> },
    /// Somebody, of what is their own.
    Own { user: Uuid },
    /// Somebody, of their not being a member any more.
    Gone { room: Uuid, user: Uuid },
    /// Whoever is in one of these rooms must fetch all again.
    Anew { rooms: Vec<Uuid> },
    /// Those of an audience who see something.
    Seeing { audience: Box<Audience>, by: Seers },
}

/// Who sees something: these people, and members of these rooms who see what was said there at these positions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seers {
    pub(super) users: Vec<Uuid>,
    pub(super) rooms: Vec<(Uuid, i64)>,
}

/// Who is told what of an event: each by the first that names them.
pub(super) struct Telling {
    pub(super) position: i64,
    pub(super) parts: Vec<(Audience, Arc<Frame>)>,
}

/// What is told of these events, in their order; of some, nothing. Costs some queries, however many events there are.
pub(super) async fn render(view: &mut View, events: &[Noted]) -> Result<Vec<Telling>, Interrupted> {
    let shown = Shown::of(view, events).await?;
    let last = last_readings(events);
    let mut told = Vec::with_capacity(events.len());
    for event in events {
        let is_last = if let About::Reading { room, user, .. } = event.about {
            last.get(&(room, user)) == Some(&event.position)
        } else {
            true
        };
        if is_last {
            let parts = parts(event, &shown)?;
            told.push(Telling { position: event.position, parts });
        }
    }
    Ok(told)
}

/// Of somebody's readings of a room the last alone is told.
fn last_readings(events: &[Noted]) -> HashMap<(Uuid, Uuid), i64> {
    let mut last = HashMap::new();
    for event in events {
        if let About::Reading { room, user, .. } = event.about {
            last.insert((room, user), event.position);
        }
    }
    last
}

fn parts(event: &Noted, shown: &Shown) -> Result<Vec<(Audience, Arc<Frame>)>, Problem> {
    let mut told = Parts { event, parts: vec![] };
    let (position, kind) = (event.position, event.kind.as_str());
    let nowhere = || Body { r#type: kind, as_of: shown.as_of, ..Body::default() };
    let blank = Body { room_id: event.room(), ..nowhere() };
    let notice = shown.messages.get(&event.notice);
    match event.about {
        About::Message { room, message: id } => {
            told.add_placed(room, shown.messages.get(&id), &Body { message: notice, ..blank })?;
        }
        About::Call { room, call } => {
            let call = shown.calls.get(&call).cloned().unwrap_or_default();
            told.add(Audience::Members { room, of: position }, &Body { data: call, message: notice, ..blank })?;
        }
        About::Reaction { room, message, user } => {
            let emoji = shown.reactions.get(&(message, user));
            let reaction = emoji.map(|emoji| json!({"user_id": user, "emoji": emoji}));
            let body = Body { reaction: reaction.as_ref(), ..blank };
            told.add_placed(room, shown.messages.get(&message), &body)?;
        }
        About::Reading { room, user, .. } => {
            if let Some(reading) = shown.readings.get(&(room, user)) {
                let (data, steps) = (reading.data.clone(), Some(&*reading.steps));
                let body = Body { r#type: "read", data, steps, ..blank };
                told.add(Audience::Some { room, users: reading.users.clone() }, &body)?;
            }
        }
        About::Coming { room, user } => {
            let data = shown.member(room, user);
            let body = Body { data, message: notice, room: shown.rooms.get(&room), ..blank };
            told.add(Audience::Members { room, of: position }, &body)?;
        }
        About::Roles { room, user } => {
            told.add(Audience::Members { room, of: position }, &Body { data: shown.member(room, user), ..blank })?;
        }
        About::Going { room, user } => {
            let data = json!({"user_id": user});
            let bare = Body { data: data.clone(), room_id: Some(room), ..nowhere() };
            told.add(Audience::Gone { room, user }, &bare)?;
            let body = Body { data, message: notice, room: shown.rooms.get(&room), ..blank };
            told.add(Audience::Members { room, of: position }, &body)?;
        }
        About::Ban { room, user } => {
            told.add(Audience::Wardens { room }, &Body { data: json!({"user_id": user}), ..blank })?;
        }
        About::Keeping { room, user } => {
            if let Some(data) = shown.memberships.get(&(room, user)).cloned() {
                told.add(Audience::Some { room, users: vec![user] }, &Body { data, ..blank })?;
            }
        }
        About::Room { room } => {
            if let Some(data) = shown.rooms.get(&room).cloned() {
                told.add(Audience::Members { room, of: position }, &Body { data, message: notice, ..blank })?;
            }
        }
        About::Closed { room } => told.add(Audience::Former { room }, &Body { data: json!({"id": room}), ..blank })?,
        About::Invite { room, code } => {
            if let Some(data) = shown.invites.get(&code).cloned() {
                told.add(Audience::Inviters { room }, &Body { data, ..blank })?;
            }
        }
        About::Account { user } | About::Own { user } => {
            if let Some((me, others)) = shown.accounts.get(&user).cloned() {
                let own = Body { data: me, ..nowhere() };
                told.add(Audience::Own { user }, &own)?;
                if let (About::Account { .. }, Some(rooms)) = (event.about, shown.rooms_of.get(&user)) {
                    told.add(Audience::Sharing { rooms: rooms.clone() }, &Body { data: others, ..blank })?;
                }
            }
        }
        About::Erased { user } => {
            told.add_anew(shown.rooms_of.get(&user).cloned().unwrap_or_default(), user, &blank)?;
        }
        About::Expired { room } => told.add_anew(vec![room], room, &blank)?,
        About::Settings { user } => told.add_own(user, shown.settings.get(&user).cloned(), &blank)?,
        About::Session { session } => {
            let (user, data) = shown.sessions.get(&session).cloned().unzip();
            told.add_own(user.unwrap_or_default(), data, &blank)?;
        }
        About::Sessions { user } => {
            let items = shown.sessions_of.get(&user);
            told.add_own(user, items.map(|items| json!({"items": items})), &blank)?;
        }
        About::Block { user, other } => {
            let data = shown.blocks.get(&(user, other)).cloned().unwrap_or_else(|| json!({"user_id": other}));
            told.add_own(user, Some(data), &blank)?;
        }
        About::File { file } | About::FileGone { file } => {
            if let Some(seen) = shown.files.get(&file) {
                told.add_file(seen, &nowhere)?;
            }
        }
        About::Grant { file, to, message } => {
            if let Some(seen) = shown.files.get(&file) {
                let message = message.and_then(|message| shown.messages.get(&message));
                told.add_grant(to, seen, &Body { message, ..blank })?;
            }
        }
        About::Nothing => {}
    }
    Ok(told.parts)
}

struct Parts<'a> {
    event: &'a Noted,
    parts: Vec<(Audience, Arc<Frame>)>,
}

impl Parts<'_> {
    fn add(&mut self, audience: Audience, body: &Body<'_>) -> Result<(), Problem> {
        self.parts.push((audience, Arc::new(body.at(self.event.position)?)));
        Ok(())
    }

    /// Tells somebody of what is their own, if it is there.
    fn add_own(&mut self, user: Uuid, data: Option<Value>, body: &Body<'_>) -> Result<(), Problem> {
        data.map_or(Ok(()), |data| self.add(Audience::Own { user }, &Body { data, ..*body }))
    }

    /// Tells a message, if it is there, to who sees what was at its place.
    fn add_placed(&mut self, room: Uuid, thing: Option<&Value>, body: &Body<'_>) -> Result<(), Problem> {
        let Some(thing) = thing else { return Ok(()) };
        let of = thing["position"].as_i64().unwrap_or(self.event.position);
        self.add(Audience::Members { room, of }, &Body { data: thing.clone(), ..*body })?;
        if body.message.is_some() {
            // It is after the coming of some who do not see the thing itself.
            let of = self.event.position;
            self.add(Audience::Members { room, of }, &Body { data: json!({"id": thing["id"]}), ..*body })?;
        }
        Ok(())
    }

    /// Tells whoever is in one of these rooms to fetch all again, because of what is called `id`.
    fn add_anew(&mut self, rooms: Vec<Uuid>, id: Uuid, body: &Body<'_>) -> Result<(), Problem> {
        self.add(Audience::Anew { rooms }, &Body { data: json!({"id": id}), ..*body })
    }

    /// Tells a file's owner, and whoever sees it.
    fn add_file<'a>(&mut self, seen: &SeenFile, nowhere: &impl Fn() -> Body<'a>) -> Result<(), Problem> {
        let body = Body { data: seen.data.clone(), ..nowhere() };
        let frame = Arc::new(body.at(self.event.position)?);
        let people = std::iter::once(&seen.owner).chain(&seen.users).map(|user| Audience::Own { user: *user });
        let rooms = seen.rooms.iter().map(|(room, of)| Audience::Members { room: *room, of: *of });
        self.parts.extend(people.chain(rooms).map(|audience| (audience, Arc::clone(&frame))));
        Ok(())
    }

    /// Tells whom a file was granted or taken from, and its owner: who does not see it, by this way or another, gets its id.
    fn add_grant(&mut self, to: Grantee, seen: &SeenFile, body: &Body<'_>) -> Result<(), Problem> {
        let of = body.message.and_then(|message| message["position"].as_i64()).unwrap_or(self.event.position);
        let audience = match to {
            Grantee::User(user) => Audience::Own { user },
            Grantee::Room(room) => Audience::Members { room, of },
        };
        let here = Body { data: seen.data.clone(), ..*body };
        self.add(Audience::Seeing { audience: Box::new(audience.clone()), by: seen.by() }, &here)?;
        self.add(audience, &Body { data: json!({"id": seen.data["id"]}), ..*body })?;
        self.add(Audience::Own { user: seen.owner }, &Body { message: None, ..here })
    }
}

/// Without what differs by who looks.
fn for_nobody(thing: impl serde::Serialize) -> Result<Value, Problem> {
    let mut value = serde_json::to_value(thing).map_err(Problem::internal)?;
    if let Value::Object(fields) = &mut value {
        fields.remove("my");
        fields.remove("last_message");
        for reaction in fields.get_mut("reactions").and_then(Value::as_array_mut).into_iter().flatten() {
            reaction.as_object_mut().and_then(|reaction| reaction.remove("mine"));
        }
    }
    Ok(value)
}
