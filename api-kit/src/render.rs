//! How the write edge answers a command with a resource: the read edge renders it.

use std::pin::Pin;

use uuid::Uuid;

use crate::{Problem, shape};

/// A resource on its way.
pub type Rendering<'a, T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send + 'a>>;

/// Renders what a `GET` of the same address would answer to `viewer` once it has seen `min_position`. A read model that
/// does not get there in time is a problem; the command that is answered has succeeded none the less.
pub trait Render: Send + Sync {
    /// The viewer themself.
    fn me(&self, viewer: Uuid, min_position: i64) -> Rendering<'_, shape::Me>;

    /// A room.
    fn room(&self, viewer: Uuid, room: Uuid, min_position: i64) -> Rendering<'_, shape::Room>;

    /// A role of a room.
    fn role(&self, viewer: Uuid, room: Uuid, role: Uuid, min_position: i64) -> Rendering<'_, shape::Role>;

    /// The viewer's own membership of a room.
    fn membership(&self, viewer: Uuid, room: Uuid, min_position: i64) -> Rendering<'_, shape::Membership>;

    /// A message of a room.
    fn message(&self, viewer: Uuid, room: Uuid, message: Uuid, min_position: i64) -> Rendering<'_, shape::Message>;
}
