//! What every query is answered from.

use api_kit::{Context, Limits, Problem};
use domain::id::RoomId;
use event_store::Store;
use sqlx::PgPool;

use crate::asker::Asker;
use crate::asking::{Asking, View, Who};
use crate::place::Place;
use crate::progress::Progress;

/// What queries are answered from. Cheap to clone.
#[derive(Clone)]
pub struct Queries {
    pub(crate) pool: PgPool,
    pub(crate) store: Store,
    pub(crate) progress: Progress,
    pub(crate) limits: Limits,
    pub(crate) context: Context,
}

impl Queries {
    /// Queries over a pool whose role may read schemas `read`, `log` and `projection`.
    ///
    /// `store` is for auditors alone: each of their accesses is appended, and it opens what is sealed. Without
    /// [`Progress::listen`] running, queries that must wait look again every 50 ms.
    pub fn new(pool: PgPool, store: Store, progress: Progress, limits: Limits, context: Context) -> Self {
        Self { pool, store, progress, limits, context }
    }

    /// A query on its way, by whoever holds the token.
    pub(crate) fn asking(&self, asker: &Asker) -> Asking {
        Asking::new(self.clone(), Who::Token(asker.token.clone(), asker.request.clone()), asker.min_position)
    }

    /// A snapshot in which the caller is signed in.
    pub(crate) async fn signed_in(&self, asker: &Asker) -> Result<View, Problem> {
        Ok(self.asking(asker).view(None).await?.0)
    }

    /// A snapshot in which the caller is signed in, and where they stand in a room; it may be that they must not know it.
    pub(crate) async fn at(&self, asker: &Asker, room: RoomId) -> Result<(View, Place), Problem> {
        self.asking(asker).view(Some(room)).await
    }

    /// A snapshot in which the caller is a member of a room.
    pub(crate) async fn in_room(&self, asker: &Asker, room: RoomId) -> Result<(View, Place), Problem> {
        let (view, place) = self.at(asker, room).await?;
        place.member()?;
        Ok((view, place))
    }
}
