//! `ListPastMessages`: what stood in a room, for everybody or for one member.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::page::PageParameters;
use api_kit::{Answer, Items, Page, Problem, Start, Timestamp};
use domain::id::{MessageId, RoomId, UserId};
use domain::sealed::KeyName;
use event_store::{KeyError, Keyring};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{AsOf, Then, Visit};
use crate::slice::{Slice, cut};

/// When, and who looked.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// A position, or an RFC 3339 time: then the last position that was recorded by then. Absent: now.
    #[param(example = "2026-03-01T00:00:00Z")]
    as_of: Option<String>,
    /// Only what this member could see; nothing if they were none, were suspended, or were erased.
    #[param(value_type = Option<Uuid>)]
    member: Option<UserId>,
}

/// A message as it was.
#[derive(Serialize, ToSchema)]
#[schema(as = PastMessage)]
pub(crate) struct Shown {
    /// Its id.
    id: Uuid,
    /// Where.
    room_id: Uuid,
    /// By whom.
    sender_id: Uuid,
    /// `message`, or what notice.
    r#type: String,
    /// `sent`, `edited` or `deleted`.
    status: String,
    /// Whether it says nothing because its key is gone by now. Of a secret room the others are sealed to auditors, and
    /// read by its members. What was deleted by then is not marked: `status` tells that.
    erased: bool,
    /// What it said. Empty of a deleted or erased one; of any other of a secret room without `text` and `entities`.
    data: Data,
    /// How many reacted with what.
    #[schema(value_type = Vec<Object>)]
    reactions: Value,
    /// Whether it was pinned.
    pinned: bool,
    /// When.
    sent_at: Timestamp,
    /// When it was worded as it was; null if it was not edited by then.
    edited_at: Option<Timestamp>,
    /// Its place in the log.
    position: i64,
    /// Counts its changes.
    version: i64,
}

/// What a message said.
#[derive(Serialize, ToSchema)]
#[schema(as = PastMessageData)]
struct Data {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// What was found in the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    entities: Option<Value>,
    /// Ids of the files that went with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    file_ids: Option<Vec<Uuid>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reply_to: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forwarded_from: Option<Value>,
    /// What a notice tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Value>,
}

/// What a message's row told.
#[derive(Deserialize)]
struct Row {
    id: Uuid,
    room_id: Uuid,
    sender_id: Uuid,
    author_id: Uuid,
    r#type: String,
    status: String,
    text: Option<String>,
    entities: Option<Value>,
    sealed: bool,
    erased: bool,
    reply_to: Option<Uuid>,
    forwarded_from: Option<Value>,
    files: Option<Vec<Uuid>>,
    event: Option<Value>,
    pinned: bool,
    sent_at: Timestamp,
    edited_at: Option<Timestamp>,
    position: i64,
    version: i64,
    reactions: Value,
}

/// What stood in a room at a position or a time, newest page first, with today's keys: what was erased since says
/// nothing, and is marked `erased`. Of a secret room no words are told: what is marked so is destroyed, the rest only
/// sealed. With `member`, what that member could see. For auditors; the access is put on record first.
#[utoipa::path(
    get,
    path = "/v1/audit/rooms/{room}/messages",
    operation_id = "ListPastMessages",
    tag = "audit",
    params(
        ("room" = Uuid, Path, description = "The room"),
        Parameters,
        PageParameters,
        QueryHeaders,
        ("Audit-Reason" = String, Header, description = "Why the record is read; it is itself put on record")
    ),
    responses((status = 200, body = Items<Shown>), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    visit: Visit,
    page: Result<Page<i64, Parameters>, Problem>,
) -> Result<Answer<Items<Shown>>, Problem> {
    let (as_of, page) = match page {
        Ok(page) => (page.query.as_of.as_deref().map(AsOf::parse).transpose(), Some(page)),
        Err(problem) => (Err(problem), None),
    };
    let then = visit.then(as_of).await?;
    let page = page.ok_or_else(|| Problem::internal("a page that is none was asked for"))?;
    let floor = floor(&then, page.query.member)?;
    let mut messages: Vec<_> = then.messages.into_iter().map(|message| (position(&message), message)).collect();
    messages.retain(|(position, _)| *position > floor);
    messages.sort_by_key(|(position, _)| *position);
    let rows = cut(&page, Start::Last, sliced(&page, messages), |(position, _)| *position);
    // Of a room's many messages those of the page alone are made of what is told.
    let told = rows.items.into_iter().map(|(_, message)| Row::deserialize(message)).collect::<Result<Vec<_>, _>>();
    let mut told = told.map_err(Problem::internal)?;
    mark_destroyed(visit.queries.store.keyring(), &mut told).await?;
    let items = told.into_iter().map(Row::shown).collect();
    Ok(Answer::seen(then.position, Items { items, before: rows.before, after: rows.after }))
}

/// Its place in the log.
fn position(message: &Value) -> i64 {
    message["position"].as_i64().unwrap_or_default()
}

/// The position after which is seen what is asked for.
fn floor(then: &Then, member: Option<UserId>) -> Result<i64, Problem> {
    let Some(member) = member else { return Ok(0) };
    let found = then.members()?.into_iter().find(|one| one.user_id == member.0);
    found.map_or(Ok(then.position), |member| then.sees_after(&member))
}

/// Marks what was destroyed of a secret room as erased: the projection, which opens nothing of it, does not know.
async fn mark_destroyed(keyring: &Keyring, rows: &mut [Row]) -> Result<(), KeyError> {
    let keys: Vec<String> = rows.iter().filter_map(Row::own_key).collect();
    if keys.is_empty() {
        return Ok(());
    }
    let usable = keyring.usable(&keys).await?;
    for row in rows {
        row.erased |= row.own_key().is_some_and(|key| !usable.contains(&key));
    }
    Ok(())
}

/// The messages of a page, and one too many if there are more.
fn sliced(page: &Page<i64, Parameters>, mut messages: Vec<(i64, Value)>) -> Vec<(i64, Value)> {
    let slice = Slice::of(page, Start::Last, 0, i64::MAX);
    let most = |most: i64| usize::try_from(most).unwrap_or_default();
    if slice.most_before > 0 {
        messages.retain(|(position, _)| *position < slice.before);
        messages.split_off(messages.len().saturating_sub(most(slice.most_before)))
    } else {
        messages.retain(|(position, _)| *position > slice.after);
        messages.truncate(most(slice.most_after));
        messages
    }
}

impl Row {
    /// The name of the key that it has to itself, if it is of a secret room and was not deleted by then.
    fn own_key(&self) -> Option<String> {
        let (author, room, message) = (UserId(self.author_id), RoomId(self.room_id), MessageId(self.id));
        let has_one = self.sealed && self.status != "deleted";
        has_one.then(|| KeyName::message(author, room, message).as_str().to_owned())
    }

    fn shown(self) -> Shown {
        let Self { text, entities, files, reply_to, forwarded_from, event, .. } = self;
        let data = if self.status == "deleted" || self.erased {
            Data { text: None, entities: None, file_ids: None, reply_to: None, forwarded_from: None, event: None }
        } else {
            Data { text, entities, file_ids: files, reply_to, forwarded_from, event }
        };
        Shown {
            id: self.id,
            room_id: self.room_id,
            sender_id: self.sender_id,
            r#type: self.r#type,
            status: self.status,
            erased: self.erased,
            data,
            reactions: self.reactions,
            pinned: self.pinned && !self.erased,
            sent_at: self.sent_at,
            edited_at: self.edited_at,
            position: self.position,
            version: self.version,
        }
    }
}
