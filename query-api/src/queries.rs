//! What every query is answered from.

use std::sync::Arc;

use api_kit::{Context, ErasureKey, Limits, Problem, Sightings};
use blob_store::Blobs;
use domain::id::RoomId;
use event_store::Store;
use sqlx::PgPool;
use tokio::sync::OnceCell;

use crate::asker::Asker;
use crate::asking::{Asking, View, Who};
use crate::audit::Replay;
use crate::calls::Turn;
use crate::directory::Directory;
use crate::place::Place;
use crate::progress::Progress;
use crate::stream::Hub;

/// What queries are answered from. Cheap to clone.
#[derive(Clone)]
pub struct Queries {
    pub(crate) pool: PgPool,
    pub(crate) store: Store,
    pub(crate) progress: Progress,
    pub(crate) limits: Limits,
    pub(crate) context: Context,
    pub(crate) sightings: Sightings,
    pub(crate) directory: Directory,
    pub(crate) blobs: Option<Blobs>,
    pub(crate) turn: Option<Arc<Turn>>,
    /// None: nobody is told what happens.
    pub(crate) hub: Option<Hub>,
    /// None: nobody is told how something was.
    pub(crate) replay: Option<Arc<dyn Replay>>,
    /// Asked for once.
    pub(crate) erasures: Arc<OnceCell<ErasureKey>>,
}

impl Queries {
    /// Queries over a pool whose role may read schemas `read`, `log` and `projection`.
    ///
    /// `store` appends each access of an auditor, and opens what is sealed: for auditors, and messages of secret rooms
    /// for their members. Without
    /// [`Progress::listen`] running, queries that must wait look again every 50 ms.
    pub fn new(pool: PgPool, store: Store, progress: Progress, limits: Limits, context: Context) -> Self {
        let (directory, sightings, erasures) = (Directory::default(), Sightings::default(), Arc::default());
        Self {
            pool,
            store,
            progress,
            limits,
            context,
            sightings,
            directory,
            blobs: None,
            turn: None,
            hub: None,
            replay: None,
            erasures,
        }
    }

    /// The same, noting whose sessions are seen where others note it too.
    #[must_use]
    pub fn with_sightings(self, sightings: Sightings) -> Self {
        Self { sightings, ..self }
    }

    /// The same, with the bytes of files; without, none are sent.
    #[must_use]
    pub fn with_blobs(self, blobs: Blobs) -> Self {
        Self { blobs: Some(blobs), ..self }
    }

    /// The same, with servers by which the clients of calls find each other.
    #[must_use]
    pub fn with_turn(self, turn: Option<Turn>) -> Self {
        Self { turn: turn.map(Arc::new), ..self }
    }

    /// The same, with a hub that tells what happens, once it runs: see [`Hub::run`].
    #[must_use]
    pub fn with_hub(self, hub: Hub) -> Self {
        Self { hub: Some(hub), ..self }
    }

    /// The same, with the projections, by which auditors see how something was.
    #[must_use]
    pub fn with_replay(self, replay: Arc<dyn Replay>) -> Self {
        Self { replay: Some(replay), ..self }
    }

    pub(crate) fn blobs(&self) -> Result<&Blobs, Problem> {
        self.blobs.as_ref().ok_or_else(|| Problem::unavailable("files are not kept by this process"))
    }

    /// A query on its way, by whoever holds the token, or was let in otherwise.
    pub(crate) fn asking(&self, asker: &Asker) -> Asking {
        let who = match &asker.viewer {
            Some(viewer) => Who::Viewer(viewer.user),
            None => Who::Token(asker.token.clone(), asker.request.clone()),
        };
        Asking::new(self.clone(), who, asker.min_position)
    }

    /// The same for who asked before, in the same request: it is not counted again.
    pub(crate) fn asking_again(&self, asker: &Asker) -> Asking {
        self.asking(asker).counted()
    }

    /// A snapshot in which the caller is signed in.
    pub(crate) async fn signed_in(&self, asker: &Asker) -> Result<View, Problem> {
        Ok(self.asking(asker).view(None).await?.0)
    }

    /// A snapshot in which the caller is signed in, and where they stand in a room; it may be that they must not know
    /// it.
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
