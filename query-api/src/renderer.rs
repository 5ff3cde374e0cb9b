//! Things as queries show them, for commands that answer with one.

use api_kit::render::{Render, Rendering};
use api_kit::{Problem, shape};
use domain::id::{MessageId, RoleId, RoomId, UserId};
use uuid::Uuid;

use crate::Queries;
use crate::asking::{Asking, Who};
use crate::messages::get_message::message_of;
use crate::roles::get_role::role_of;
use crate::rooms::get_membership::membership_of;
use crate::rooms::get_room::room_of;
use crate::users::Account;

/// Renders what a `GET` of the same address would answer.
#[derive(Clone)]
pub struct Renderer(Queries);

impl Renderer {
    /// A renderer over the same read models as queries.
    pub fn new(queries: Queries) -> Self {
        Self(queries)
    }

    fn asking(&self, viewer: Uuid, min_position: i64) -> Asking {
        Asking::new(self.0.clone(), Who::Viewer(UserId(viewer)), min_position)
    }
}

impl Render for Renderer {
    fn me(&self, viewer: Uuid, min_position: i64) -> Rendering<'_, shape::Me> {
        Box::pin(async move {
            let (mut view, _) = self.asking(viewer, min_position).view(None).await?;
            let user = view.caller.user;
            let account = Account::find(view.connection(), user).await?.ok_or(Problem::NotFound)?;
            Ok(account.seen_by_owner())
        })
    }

    fn room(&self, viewer: Uuid, room: Uuid, min_position: i64) -> Rendering<'_, shape::Room> {
        Box::pin(async move {
            let room = RoomId(room);
            let (mut view, place) = self.asking(viewer, min_position).view(Some(room)).await?;
            room_of(&mut view, &place, room).await
        })
    }

    fn role(&self, viewer: Uuid, room: Uuid, role: Uuid, min_position: i64) -> Rendering<'_, shape::Role> {
        Box::pin(async move {
            let (_, place) = self.asking(viewer, min_position).view(Some(RoomId(room))).await?;
            role_of(&place, RoleId(role))
        })
    }

    fn membership(&self, viewer: Uuid, room: Uuid, min_position: i64) -> Rendering<'_, shape::Membership> {
        Box::pin(async move {
            let room = RoomId(room);
            let (mut view, place) = self.asking(viewer, min_position).view(Some(room)).await?;
            membership_of(&mut view, &place, room).await
        })
    }

    fn message(&self, viewer: Uuid, room: Uuid, message: Uuid, min_position: i64) -> Rendering<'_, shape::Message> {
        Box::pin(async move {
            let room = RoomId(room);
            let (mut view, place) = self.asking(viewer, min_position).view(Some(room)).await?;
            message_of(&mut view, &place, room, MessageId(message)).await
        })
    }
}
