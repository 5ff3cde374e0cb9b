//! How each step is said over HTTP.

use serde_json::{Value, json};
use time::Duration;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

use super::names::Thing;
use super::permissions::written;
use super::play::Play;
use super::step::{Act, Version};
use super::world::{Number, World, dialog};
use crate::harness::person::PASSWORD;

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: &'static str,
    pub(super) path: String,
    pub(super) body: Option<Value>,
    pub(super) if_match: Option<String>,
}

fn ask(method: &'static str, path: impl Into<String>) -> Asked {
    Asked { method, path: path.into(), body: None, if_match: None }
}

impl Asked {
    fn with(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    /// For the version that a thing has, or for another.
    fn at(self, version: Version, has: Option<i64>) -> Self {
        let if_match = match version {
            Version::Any => None,
            Version::Current => has.map(|has| format!("\"v{has}\"")),
            Version::Other => Some("\"v9999\"".to_owned()),
        };
        Self { if_match, ..self }
    }
}

/// What is said, without what is left away.
fn said(fields: Value) -> Value {
    let Value::Object(fields) = fields else { return fields };
    fields.into_iter().filter(|(_, value)| !value.is_null()).collect::<serde_json::Map<_, _>>().into()
}

impl Play<'_> {
    /// The request of a step in the world as it was before; none where nothing is asked.
    #[expect(clippy::too_many_lines, reason = "a table: a line or two for each command")]
    pub(super) fn asks(&mut self, world: &World, act: &Act) -> Option<Asked> {
        let version_of = |room: &Number| world.rooms.get(room).map(|room| room.version);
        let of_message = |message: &Number| world.messages.get(message).map(|message| message.version);
        Some(match act {
            Act::CreateGroup { room, name, public, with, permissions } => {
                let with: Vec<_> = with.iter().map(|who| self.person(*who)).collect();
                ask("POST", "/v1/rooms").with(said(json!({
                    "id": self.names.id(Thing::Room, *room),
                    "type": "group",
                    "name": name.map(|name| self.tagged(name)),
                    "visibility": public.then_some("public"),
                    "member_ids": with,
                    "permissions": permissions.as_ref().map(written),
                })))
            }
            Act::OpenDialog { with, permissions } => ask("POST", "/v1/rooms").with(said(json!({
                "type": "dialog",
                "member_ids": [self.person(*with)],
                "permissions": permissions.as_ref().map(written),
            }))),
            Act::OpenSecret { room, with } => ask("POST", "/v1/rooms").with(json!({
                "id": self.names.id(Thing::Room, *room),
                "type": "secret",
                "member_ids": [self.person(*with)],
            })),
            Act::UpdateRoom { room, changes, version } => {
                let mut body = said(json!({
                    "name": changes.name.map(|name| self.tagged(name)),
                    "topic": changes.topic,
                    "visibility": changes.public.map(|public| if public { "public" } else { "private" }),
                    "permissions": changes.permissions.as_ref().map(written),
                }));
                if let Some(retain_for) = changes.retain_for {
                    body["retain_for"] = json!(retain_for);
                }
                ask("PATCH", self.room(*room, "")).with(body).at(*version, version_of(room))
            }
            Act::ArchiveRoom { room } => ask("PUT", self.room(*room, "/archive")),
            Act::UnarchiveRoom { room } => ask("DELETE", self.room(*room, "/archive")),
            Act::CloseRoom { room, version } => ask("DELETE", self.room(*room, "")).at(*version, version_of(room)),
            Act::TransferOwnership { room, to, version } => ask("PUT", self.room(*room, "/ownership"))
                .with(json!({"user_id": self.person(*to)}))
                .at(*version, version_of(room)),
            Act::DefineRole { room, role, name, rank, allow, deny } => {
                ask("POST", self.room(*room, "/roles")).with(json!({
                    "id": self.names.id(Thing::Role, *role),
                    "name": name,
                    "rank": rank,
                    "permissions": {"allow": written(allow), "deny": written(deny)},
                }))
            }
            Act::ChangeRole { room, role, changes, version } => {
                let (allow, deny) = (changes.allow.as_ref().map(written), changes.deny.as_ref().map(written));
                let permissions = said(json!({"allow": allow, "deny": deny}));
                let body = json!({"name": changes.name, "rank": changes.rank, "permissions": permissions});
                ask("PATCH", self.role(*room, *role)).with(said(body)).at(*version, role_version(world, *room, *role))
            }
            Act::DeleteRole { room, role, version } => {
                ask("DELETE", self.role(*room, *role)).at(*version, role_version(world, *room, *role))
            }
            Act::JoinRoom { room } => ask("PUT", self.room(*room, "/members/me")),
            Act::LeaveRoom { room } => ask("DELETE", self.room(*room, "/members/me")),
            Act::AddMember { room, who, roles } => {
                let roles: Option<Vec<Uuid>> =
                    roles.as_ref().map(|roles| roles.iter().map(|role| self.names.id(Thing::Role, *role)).collect());
                ask("PUT", self.member(*room, *who)).with(said(json!({"roles": roles})))
            }
            Act::RemoveMember { room, who } => ask("DELETE", self.member(*room, *who)),
            Act::BanMember { room, who, reason, until } => {
                let path = format!("/bans/{}", self.person(*who));
                let body = said(json!({"reason": reason, "until": self.time(world, *until)}));
                ask("PUT", self.room(*room, &path)).with(body)
            }
            Act::UnbanMember { room, who } => {
                let path = format!("/bans/{}", self.person(*who));
                ask("DELETE", self.room(*room, &path))
            }
            Act::UpdateMembership { room, mute, until, keep } => {
                let body = json!({"is_muted": mute, "muted_until": self.time(world, *until), "is_pinned": keep});
                ask("PATCH", self.room(*room, "/membership")).with(said(body))
            }
            Act::CreateInvite { room, max_uses, until, .. } => {
                let body = said(json!({"max_uses": max_uses, "expires_at": self.time(world, *until)}));
                ask("POST", self.room(*room, "/invites")).with(body)
            }
            Act::RevokeInvite { room, invite } => {
                let path = format!("/invites/{}", self.code(*invite));
                ask("DELETE", self.room(*room, &path))
            }
            Act::AcceptInvite { invite } => ask("POST", format!("/v1/invites/{}/acceptance", self.code(*invite))),
            Act::SendMessage { room, message, text, reply_to } => {
                let reply_to = reply_to.map(|reply| self.names.id(Thing::Message, reply));
                let id = self.names.id(Thing::Message, *message);
                ask("POST", self.room(*room, "/messages"))
                    .with(said(json!({"id": id, "text": text, "reply_to": reply_to})))
            }
            Act::EditMessage { room, message, text, version } => ask("PATCH", self.message(*room, *message, ""))
                .with(json!({"text": text}))
                .at(*version, of_message(message)),
            Act::DeleteMessage { room, message, version } => {
                ask("DELETE", self.message(*room, *message, "")).at(*version, of_message(message))
            }
            Act::ForwardMessage { room, message, to, copy } => {
                let body = json!({"id": self.names.id(Thing::Message, *copy), "to_room_id": self.room_id(*to)});
                ask("POST", self.message(*room, *message, "/forwards")).with(body)
            }
            Act::AddReaction { room, message, emoji } => {
                ask("PUT", self.message(*room, *message, &format!("/reactions/{emoji}")))
            }
            Act::RemoveReaction { room, message, emoji } => {
                ask("DELETE", self.message(*room, *message, &format!("/reactions/{emoji}")))
            }
            Act::PinMessage { room, message } => ask("PUT", self.message(*room, *message, "/pin")),
            Act::UnpinMessage { room, message } => ask("DELETE", self.message(*room, *message, "/pin")),
            Act::MarkRead { room, message } => {
                let position = self.position(*message);
                ask("PUT", self.room(*room, "/read")).with(json!({"position": position}))
            }
            Act::StartCall { room, call, media } => {
                let id = self.names.id(Thing::Call, *call);
                ask("POST", self.room(*room, "/calls")).with(json!({"id": id, "media": media}))
            }
            Act::JoinCall { call } => ask("PUT", self.call(*call, "/participants/me")),
            Act::LeaveCall { call } | Act::DeclineCall { call } => ask("DELETE", self.call(*call, "/participants/me")),
            Act::EndCall { call } => ask("DELETE", self.call(*call, "")),
            Act::BlockUser { who } => ask("PUT", format!("/v1/users/me/blocks/{}", self.person(*who))),
            Act::UnblockUser { who } => ask("DELETE", format!("/v1/users/me/blocks/{}", self.person(*who))),
            Act::SuspendUser { who } => {
                ask("PUT", format!("/v1/users/{}/suspension", self.person(*who))).with(json!({}))
            }
            Act::ReinstateUser { who } => ask("DELETE", format!("/v1/users/{}/suspension", self.person(*who))),
            Act::EraseUser => ask("DELETE", "/v1/users/me").with(json!({"password": PASSWORD})),
            Act::Wait { .. } | Act::Several(_) => return None,
        })
    }

    fn tagged(&self, name: &str) -> String {
        if name.is_empty() { String::new() } else { format!("{name}{}", self.names.tag()) }
    }

    fn time(&self, world: &World, minutes: Option<i64>) -> Option<String> {
        Some(self.minute(world.now + minutes?))
    }

    /// A minute, as times are written.
    pub(super) fn minute(&self, minute: i64) -> String {
        (self.start + Duration::minutes(minute)).format(&Rfc3339).unwrap()
    }

    pub(super) fn room(&mut self, room: Number, below: &str) -> String {
        format!("/v1/rooms/{}{below}", self.room_id(room))
    }

    pub(super) fn message(&mut self, room: Number, message: Number, below: &str) -> String {
        let id = self.names.id(Thing::Message, message);
        self.room(room, &format!("/messages/{id}{below}"))
    }

    pub(super) fn role(&mut self, room: Number, role: Number) -> String {
        let id = self.names.id(Thing::Role, role);
        self.room(room, &format!("/roles/{id}"))
    }

    pub(super) fn call(&mut self, call: Number, below: &str) -> String {
        format!("/v1/calls/{}{below}", self.names.id(Thing::Call, call))
    }

    pub(super) fn member(&mut self, room: Number, who: usize) -> String {
        let id = self.person(who);
        self.room(room, &format!("/members/{id}"))
    }
}

fn role_version(world: &World, room: Number, role: Number) -> Option<i64> {
    Some(world.rooms.get(&room)?.roles.get(&role)?.version)
}

/// The pair of a dialog's number, if it is one's.
pub(super) fn is_dialog(room: Number) -> bool {
    room >= dialog(0, 0)
}
