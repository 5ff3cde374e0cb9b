//! What happens, as it happens.

use std::time::Duration;

use api_kit::openapi::QueryProblems;
use api_kit::{Context, Problem, Query, Sightings};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use domain::id::SessionId;
use serde::Deserialize;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};
use utoipa::IntoParams;

use super::closing::Closing;
use super::frames::{Frames, Place};
use super::hub::Hub;
use super::registry::{MOST_OF_ONE, NotTaken, Registered};
use super::resume::Resume;
use super::upgrade::Wanted;
use super::{events, socket};
use crate::Queries;
use crate::asker::Asker;
use crate::asking::PATIENCE;
use crate::authority::Caller;

/// Where to go on.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// The position of the last frame that the client has; what happened since is told first. `Last-Event-ID` says the
    /// same, and goes before it.
    since: Option<i64>,
    /// The `epoch` of the last `ready` or `reset` that had one.
    epoch: Option<i32>,
}

/// A stream that was let in.
pub(super) struct Stream {
    pub(super) hub: Hub,
    /// Its place among the open ones.
    pub(super) _registered: Registered,
    /// Told once, why the server ends it.
    pub(super) closed: oneshot::Receiver<Closing>,
    pub(super) frames: Frames,
    /// When the session ends by itself.
    pub(super) until: Option<Instant>,
    pub(super) session: Seen,
}

/// The session of a stream, as far as it is seen.
pub(super) struct Seen {
    session: Option<SessionId>,
    sightings: Sightings,
    context: Context,
}

impl Seen {
    /// Its client gives a sign of life.
    pub(super) fn lives(&self) {
        if let Some(session) = self.session {
            self.sightings.note(session.0, self.context.now());
        }
    }
}

/// What happens, as it happens: as WebSocket (subprotocol `hansard.v1`), else as server-sent events.
///
/// Each frame is a JSON object with a `type`; one that tells of an event has its `position`, and in `prev_position` that of
/// the frame before it, so that a client sees whether it missed one. The first is `ready`. After `reset` all is to be
/// fetched again, as of its position. `docs/realtime.md` has the frames, and the codes that sockets are closed with.
#[utoipa::path(
    get,
    path = "/v1/stream",
    operation_id = "OpenStream",
    tag = "realtime",
    params(
        Parameters,
        ("Last-Event-ID" = Option<String>, Header, description = "The last `id`, which counts if there is no `since`"),
    ),
    responses(
        (status = 101, description = "The connection is a WebSocket now"),
        (status = 200, content_type = "text/event-stream", body = String, description = "Frames, each an event"),
        QueryProblems
    ),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
    wanted: Wanted,
) -> Result<Response, Problem> {
    if let Wanted::Wrong(name, detail) = wanted {
        return Err(Problem::InvalidHeader { name, detail });
    }
    let since = since(&parameters, &headers)?;
    let stream = let_in(&queries, &asker, since).await?;
    match wanted {
        Wanted::WebSocket(upgrade) => Ok(socket::begin(upgrade, stream)),
        Wanted::Events | Wanted::Wrong(..) => Ok(events::begin(stream)),
    }
}

fn since(parameters: &Parameters, headers: &HeaderMap) -> Result<Option<Place>, Problem> {
    let since = parameters.since.map(|position| Place { epoch: parameters.epoch.unwrap_or(Place::FIRST), position });
    if since.is_some_and(|since| since.position < 0) {
        return Err(Problem::InvalidQuery("since: a position is not below 0".to_owned()));
    }
    // Who comes back by the address that they began with says in the header how far they came.
    let Some(last) = headers.get("last-event-id").filter(|last| !last.is_empty()) else { return Ok(since) };
    let place = last.to_str().ok().and_then(|last| last.parse().ok());
    let wrong = Problem::InvalidHeader { name: "Last-Event-ID", detail: "must be an id of this stream" };
    place.map(Some).ok_or(wrong)
}

/// Lets somebody in whose session is alive: if it ends from now on, so does the stream. Where the past is served nothing
/// happens.
async fn let_in(queries: &Queries, asker: &Asker, since: Option<Place>) -> Result<Stream, Problem> {
    if asker.viewer.is_some() {
        return Err(Problem::ReadOnly);
    }
    let hub = queries.hub.as_ref().ok_or_else(|| Problem::unavailable("this process tells nobody what happens"))?;
    let view = queries.signed_in(asker).await?;
    let (caller, head) = (view.caller.clone(), view.head);
    drop(view);
    let (registered, closed) = hub.registry().take(&caller).map_err(|not| match not {
        NotTaken::TooMany => Problem::LimitReached { what: "streams of yours", most: MOST_OF_ONE },
        NotTaken::Stopped => Problem::unavailable("this process ends"),
    })?;
    if registered.looked > head {
        // What ended sessions between the snapshot and the registration told nobody.
        queries.asking_again(asker).view(None).await?;
    }
    let joined = timeout(PATIENCE, hub.join(caller.user.0, registered.id)).await.ok().flatten();
    let joined = joined.ok_or(Problem::ReadModelBehind)?;
    let resume = since
        .map(|Place { epoch, position }| Resume::new(queries.clone(), caller.user.0, position, epoch == joined.epoch));
    let (frames, until) = (Frames::new(joined, resume), until(queries, &caller));
    let (sightings, context) = (queries.sightings.clone(), queries.context.clone());
    let session = Seen { session: caller.session, sightings, context };
    Ok(Stream { hub: hub.clone(), _registered: registered, closed, frames, until, session })
}

/// When a caller's session ends by itself.
fn until(queries: &Queries, caller: &Caller) -> Option<Instant> {
    let left = caller.expires_at? - queries.context.now();
    Some(Instant::now() + Duration::try_from(left).unwrap_or_default())
}
