//! `UpdateRoom`: somebody changes a room's name, topic, visibility or what its members may do.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::shape::{self, PermissionName};
use api_kit::{Answer, IfMatch, Path, Problem, Submitted};
use axum::extract::State;
use domain::id::RoomId;
use domain::permission::PermissionSet;
use domain::retention::Period;
use domain::room::{Room, RoomChanges, RoomCommand, RoomType, Visibility};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Commands;
use crate::answer::{Changed, Positioned, Shown, marks, shown};
use crate::caller::Caller;
use crate::chosen::given;
use crate::refused::refused;

/// What shall be different; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = UpdateRoom)]
pub(crate) struct Body {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "Engine room", min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Null and the empty text are none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, max_length = 1000)]
    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    topic: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = shape::Visibility, required = false)]
    visibility: Option<Visibility>,
    /// What every member may do. In a room of two both send messages.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<PermissionName>, required = false)]
    permissions: Option<PermissionSet>,
    /// For how long it keeps messages: whole days, `P1D` to `P36500D`; null is for good. Older ones end month by month, once
    /// all of the month is older; in secret rooms one by one.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "P90D")]
    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    retain_for: Option<Option<Period>>,
}

/// What a command knows of a room.
#[derive(Serialize)]
pub(crate) struct Known {
    id: Uuid,
    r#type: RoomType,
    visibility: Visibility,
    name: Option<String>,
    topic: Option<String>,
    permissions: PermissionSet,
    archived: bool,
    retain_for: Option<Period>,
    version: i64,
}

/// Changes a room. Needs `manage_room`; in a room of two either says for how long messages are kept.
///
/// In a room of two both go on sending messages, whatever else `permissions` gives them, and who is blocked by the other
/// changes nothing.
///
/// `position` is the place of the change. While the read models are behind for more than 2 s, the answer may lack what
/// only they know: `roles`, `created_by`, `created_at`, `member_count`, `my`, `last_message`.
#[utoipa::path(
    patch,
    path = "/v1/rooms/{room}",
    operation_id = "UpdateRoom",
    tag = "rooms",
    params(("room" = Uuid, Path, description = "The room"), CommandHeaders, VersionHeader),
    request_body = Body,
    responses((status = 200, description = "Changed", body = Positioned<shape::Room>), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(id): Path<RoomId>,
    if_match: IfMatch,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<Answer<Positioned<Shown<shape::Room, Known>>>, Problem> {
    let Body { name, topic, visibility, permissions, retain_for } = body;
    let topic = topic.map(Option::unwrap_or_default);
    let changes = RoomChanges { name, topic, visibility, permissions, retain_for };
    let (changes, if_match) = (&changes, &if_match);
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let place = actor.place(id).await?;
            let command = RoomCommand::Update { room: id, by: Some(place.standing), changes: changes.clone() };
            let events = place.room.decide(command).map_err(refused)?;
            if_match.check(place.room.sequence)?;
            actor.unit.append::<Room>(&id.to_string(), events, Some(id.0));
            let room = actor.unit.look::<Room>(&id.to_string()).await?;
            Ok(Changed { version: room.sequence, known: Some(Known::of(id, &room, room.sequence)) })
        })
        .await?;
    let (marks, position) = (marks(&done), done.position);
    let rendered = match &commands.render {
        Some(render) => Some(render.room(caller.user()?.0, id.0, position).await),
        None => None,
    };
    let (resource, version) = shown(id.0, done.value, rendered);
    Ok(Answer { body: Positioned { resource, position }, marks: marks.version(version) })
}

impl Known {
    fn of(id: RoomId, room: &Room, version: i64) -> Self {
        Self {
            id: id.0,
            r#type: room.room_type,
            visibility: room.visibility,
            name: room.name.clone(),
            topic: room.topic.clone(),
            permissions: room.permissions.clone(),
            archived: room.archived,
            retain_for: room.retain_for,
            version,
        }
    }
}
