//! `CreateRoom`: somebody makes a room, perhaps with others in it from the start.

mod of_two;

use std::collections::BTreeSet;

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::shape::{self, PermissionName};
use api_kit::{Answer, Problem, Submitted};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::id::{RoomId, UserId};
use domain::membership::{Membership, MembershipCommand, MembershipEvent};
use domain::permission::PermissionSet;
use domain::room::{NewRoom, Room, RoomCommand, RoomType, Visibility};
use domain::user::User;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Commands;
use crate::actor::Actor;
use crate::answer::{Made, Positioned, created_or_not, marks};
use crate::caller::Caller;
use crate::chosen::{ChosenId, or_new};
use crate::receipted::receipt_of;
use crate::refused::refused;

/// Most people who are in a room from the start; others are added one by one.
const MOST_MEMBERS: usize = 200;

/// A room to be made.
#[derive(Deserialize, ToSchema)]
#[schema(as = CreateRoom)]
pub(crate) struct Body {
    /// A UUID of version 7 of one's own choice; not of a dialog.
    #[schema(value_type = Option<Uuid>)]
    id: Option<ChosenId>,
    #[schema(value_type = shape::RoomType)]
    r#type: RoomType,
    /// Private unless said otherwise.
    #[schema(value_type = Option<shape::Visibility>)]
    visibility: Option<Visibility>,
    /// A room of two has none.
    #[schema(example = "Engine room", min_length = 1, max_length = 200)]
    name: Option<String>,
    /// A room of two has none.
    #[schema(max_length = 1000)]
    topic: Option<String>,
    /// Others who shall be in it from the start; of a room of two exactly one.
    #[serde(default)]
    #[schema(value_type = Vec<Uuid>, max_items = 200)]
    member_ids: Vec<UserId>,
    /// What every member may do. In a room of two both send messages.
    #[schema(value_type = Option<Vec<PermissionName>>)]
    permissions: Option<PermissionSet>,
}

/// A room that was asked for.
#[derive(Serialize, Deserialize)]
struct Asked {
    id: Uuid,
    /// Whether it is made by this; a dialog may be there already.
    made: bool,
}

receipt_of!(Asked { id, made });

/// Makes a room. A group is its maker's. Dialogs and secret rooms have one other in them, `member_ids`. A dialog is there
/// once for each two people: asking for one that is there answers 200 with it, or with `id` and `position` alone while the
/// read models are behind for more than 2 s.
#[utoipa::path(
    post,
    path = "/v1/rooms",
    operation_id = "CreateRoom",
    tag = "rooms",
    params(CommandHeaders),
    request_body = Body,
    responses(
        (status = 201, description = "Made", body = Made),
        (status = 200, description = "The dialog that is there", body = Positioned<shape::Room>),
        CommandProblems,
    ),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<Response, Problem> {
    if body.r#type == RoomType::Dialog && body.id.is_some() {
        return Err(Problem::invalid("/id", "a dialog has the id of its two members"));
    }
    if body.member_ids.len() > MOST_MEMBERS {
        let detail = format!("at most {MOST_MEMBERS} from the start; add others one by one");
        return Err(Problem::invalid("/member_ids", detail));
    }
    let room = RoomId(or_new(body.id, &commands.context));
    let (body, chosen) = (&body, body.id.map(|ChosenId(id)| id));
    let done = commands.create(&caller, &attempt, chosen, |actor| async move {
        match body.r#type {
            RoomType::Group => make(actor, room, body).await,
            RoomType::Dialog | RoomType::Secret => of_two::open(actor, room, body).await,
        }
    });
    let done = done.await?;
    let (Asked { id, made }, position) = (&done.value, done.position);
    let there = match &commands.render {
        Some(render) if !made => render.room(caller.user()?.0, *id, position).await.ok(),
        Some(_) | None => None,
    };
    Ok(match there {
        Some(resource) => {
            let marks = marks(&done).version(resource.version);
            Answer { body: Positioned { resource, position }, marks }.into_response()
        }
        None => created_or_not(*made, format!("/v1/rooms/{id}"), Made { id: *id, position }, marks(&done)),
    })
}

async fn make(actor: Actor, id: RoomId, body: &Body) -> Result<Asked, Problem> {
    let new = NewRoom {
        room: id,
        room_type: body.r#type,
        visibility: body.visibility.unwrap_or(Visibility::Private),
        name: body.name.clone(),
        topic: body.topic.clone(),
        permissions: body.permissions.clone(),
        created_by: Some(actor.user),
        members: BTreeSet::new(),
        imported: None,
    };
    let made = Room::default().decide(RoomCommand::Create(new)).map_err(refused)?;
    actor.unit.append::<Room>(&id.to_string(), made, Some(id.0));

    let found = MembershipCommand::Found { room: id, user: actor.user };
    come(&actor, id, actor.user, Membership::default().decide(found).map_err(refused)?);

    let mut present = BTreeSet::from([actor.user]);
    for (index, &user) in body.member_ids.iter().enumerate() {
        if !present.insert(user) {
            continue;
        }
        // A guard: who is erased meanwhile, by whichever process, does not come in.
        if !actor.unit.load::<User>(&user.to_string()).await?.exists {
            return Err(Problem::invalid(format!("/member_ids/{index}"), "there is no such user"));
        }
        let found = MembershipCommand::FoundWith { room: id, user, maker: actor.user };
        come(&actor, id, user, Membership::default().decide(found).map_err(refused)?);
    }
    Ok(Asked { id: id.0, made: true })
}

fn come(actor: &Actor, room: RoomId, user: UserId, events: Vec<MembershipEvent>) {
    actor.unit.append::<Membership>(&Membership::stream(room, user), events, Some(room.0));
}
