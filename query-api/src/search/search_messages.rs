//! What was said, by words.

use std::collections::HashMap;

use api_kit::openapi::{InvalidProblem, QueryHeaders, QueryProblems};
use api_kit::page::PageParameters;
use api_kit::{Answer, At, Items, Page, Problem, Start, shape};
use axum::extract::State;
use concordance::highlights;
use domain::id::{RoomId, UserId};
use domain::room::RoomType;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::find::{Found, Stretch, find};
use super::wanted::Wanted;
use crate::Queries;
use crate::asker::Asker;
use crate::asking::{Interrupted, View};
use crate::messages::these;
use crate::rooms::places;

/// Most places in a text that are marked.
const MARKS: usize = 100;

/// What to find.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// Words, all of which must be in the text, wherever in it, also within longer words; `"phrases"` in quotes. Case,
    /// accents and widths make no difference. Besides `from:` with a name, its first words, or an id, `in:` with a room's
    /// name or id (names with spaces in quotes), `before:` and `after:` with a day, a month, a year (in UTC) or an RFC 3339
    /// time. At most 1,000 characters, 20 words and 20 filters; it may be missing if `room` or `sender` is there.
    #[param(example = "release notes from:\"Ann Lee\" after:2025-12")]
    pub(super) q: Option<String>,
    /// Only what was said in this room.
    #[param(value_type = Option<Uuid>)]
    pub(super) room: Option<RoomId>,
    /// Only what this person said.
    #[param(value_type = Option<Uuid>)]
    pub(super) sender: Option<UserId>,
}

/// A message that was found.
#[derive(Serialize, ToSchema)]
pub(crate) struct Hit {
    /// As it is now.
    message: shape::Message,
    /// Where in its text the words stand, in order; none for filters alone.
    highlights: Vec<Highlight>,
}

/// A part of a text.
#[derive(Serialize, ToSchema)]
pub(crate) struct Highlight {
    /// Unicode scalar values before it.
    #[schema(example = 4)]
    offset: usize,
    /// Its Unicode scalar values.
    #[schema(example = 5)]
    length: usize,
}

/// What was said in one's own rooms, newest first. Not searched are secret rooms, deleted messages, and what one does not
/// see.
#[utoipa::path(
    get,
    path = "/v1/search",
    operation_id = "SearchMessages",
    tag = "messages",
    params(Parameters, PageParameters, QueryHeaders),
    responses((status = 200, body = Items<Hit>), QueryProblems, InvalidProblem),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    page: Page<i64, Parameters>,
) -> Result<Answer<Items<Hit>>, Problem> {
    let mut asking = queries.asking(&asker);
    loop {
        let (mut view, _) = asking.view(None).await?;
        match hits(&mut view, &page).await {
            Ok(hits) => return Ok(view.answer(hits)),
            Err(interrupted) => {
                drop(view);
                asking.wait_out(interrupted).await?;
            }
        }
    }
}

async fn hits(view: &mut View, page: &Page<i64, Parameters>) -> Result<Items<Hit>, Interrupted> {
    let wanted = Wanted::of(view, &page.query).await?;
    let found = find(view, &wanted, stretch(page)).await?;
    let places = places(view, &rooms(&found)).await?;
    let seen: Vec<_> = found
        .into_iter()
        .filter(|found| {
            places.get(&found.room_id).is_some_and(|place| {
                place.member().is_ok() && place.room.room_type != RoomType::Secret && found.position > place.floor()
            })
        })
        .collect();
    // Of what is shown alone: cursors tell of nothing else.
    let Items { items, before, after } = page.cut(Start::First, seen, |found| found.position);
    let seen: Vec<_> = items.into_iter().map(|found| found.message_id).collect();
    let messages = these(view, &seen).await?;
    let mut messages: HashMap<_, _> = messages.into_iter().map(|message| (message.id, message)).collect();
    let hits = seen.iter().filter_map(|id| messages.remove(id)).filter(|message| message.status != "deleted");
    Ok(Items { items: hits.map(|message| hit(message, &wanted.words)).collect(), before, after })
}

/// Positions fall in the list's order.
fn stretch(page: &Page<i64, Parameters>) -> Stretch {
    let enough = usize::from(page.limit) + 1;
    match page.at {
        At::Start => Stretch { after: 0, before: i64::MAX, newest_first: true, enough },
        At::After(position) => Stretch { after: 0, before: position, newest_first: true, enough },
        At::Before(position) => Stretch { after: position, before: i64::MAX, newest_first: false, enough },
    }
}

fn rooms(found: &[Found]) -> Vec<Uuid> {
    let mut rooms: Vec<_> = found.iter().map(|found| found.room_id).collect();
    rooms.sort_unstable();
    rooms.dedup();
    rooms
}

fn hit(message: shape::Message, words: &[String]) -> Hit {
    let text = message.data.text.as_deref().unwrap_or_default();
    let highlights = highlights(text, words, MARKS)
        .into_iter()
        .map(|range| Highlight { offset: range.offset, length: range.length })
        .collect();
    Hit { message, highlights }
}
