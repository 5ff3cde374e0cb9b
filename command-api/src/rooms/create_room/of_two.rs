//! Rooms of two: both are in them from the start and equal, for good.

use api_kit::Problem;
use domain::id::{RoomId, UserId};
use domain::membership::MembershipCommand;
use domain::room::{NewRoom, Room, RoomCommand, RoomType, Visibility};
use domain::user::User;

use super::{Asked, Body, come};
use crate::actor::Actor;
use crate::refused::refused;

/// Opens the dialog of the actor and one other, unless it is there already, or a secret room of theirs.
///
/// The other's account is a guard, since they may have blocked the actor. Everything that would be made is looked at:
/// should both open it at once, one of them finds the other's.
pub(super) async fn open(actor: Actor, new: RoomId, body: &Body) -> Result<Asked, Problem> {
    let (place, other) = other(&actor, body)?;
    let them = actor.unit.load::<User>(&other.to_string()).await?;
    let id = match body.r#type {
        RoomType::Dialog => Room::dialog_id(actor.user, other),
        RoomType::Group | RoomType::Secret => new,
    };
    let room = actor.unit.load::<Room>(&id.to_string()).await?;
    // A dialog stays when the other is gone.
    let stays = body.r#type == RoomType::Dialog && room.sequence > 0;
    if !them.exists && !stays {
        return Err(Problem::invalid(format!("/member_ids/{place}"), "there is no such user"));
    }
    them.welcomes(actor.user).map_err(refused)?;

    let events = room.decide(RoomCommand::Create(NewRoom {
        room: id,
        room_type: body.r#type,
        visibility: body.visibility.unwrap_or(Visibility::Private),
        name: body.name.clone(),
        topic: body.topic.clone(),
        permissions: body.permissions.clone(),
        created_by: Some(actor.user),
        members: [actor.user, other].into(),
        imported: None,
    }));
    let events = events.map_err(refused)?;
    let made = !events.is_empty();
    actor.unit.append::<Room>(&id.to_string(), events, Some(id.0));
    if made {
        for user in [actor.user, other] {
            let membership = actor.membership(id, user).await?;
            let found = membership.decide(MembershipCommand::Found { room: id, user });
            come(&actor, id, user, found.map_err(refused)?);
        }
    }
    Ok(Asked { id: id.0, made })
}

/// The one other, and their place in the body. Oneself need not be named, and nobody twice.
fn other(actor: &Actor, body: &Body) -> Result<(usize, UserId), Problem> {
    let mut others = body.member_ids.iter().copied().enumerate().filter(|(_, user)| *user != actor.user);
    let first = others.next();
    match first {
        Some((place, other)) if others.all(|(_, user)| user == other) => Ok((place, other)),
        Some(_) => Err(Problem::invalid("/member_ids", "a room of two has one other in it")),
        None if body.member_ids.is_empty() => Err(Problem::invalid("/member_ids", "a room of two needs one other")),
        None => Err(Problem::invalid("/member_ids/0", "nobody has a room of two with themself")),
    }
}
