//! The parts of an export, in order, each a page at a time.

use domain::id::UserId;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::archive::Archive;
use super::{ExportError, acts, files, rows};
use crate::Queries;
use crate::users::Account;

/// What is to be written next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Profile,
    Settings,
    /// Those with ids after this one; the file begins with none.
    Sessions(Option<Uuid>),
    /// Those blocked after this position; the file begins with none.
    Blocked(Option<i64>),
    /// Memberships of rooms after this one.
    Rooms(Option<Uuid>),
    /// Bans after this position; the file begins with none.
    Bans(Option<i64>),
    /// Invites made after this position; the file begins with none.
    Invites(Option<i64>),
    /// Calls after this one; the file begins with none.
    Calls(Option<Uuid>),
    /// Messages of the rooms after this one.
    MessagesAfter(Uuid),
    /// Messages of this room after this ordinal.
    Messages(Uuid, i64),
    /// Reactions to messages after this one; the file begins with none.
    Reactions(Option<Uuid>),
    /// Those in secret rooms, to messages after this one, room and position; in the same file.
    Whispered((Uuid, i64)),
    /// Files after this one; the list begins with none.
    Files(Option<Uuid>),
    /// The bytes of the files after this one.
    BytesAfter(Uuid),
    /// The bytes of this file from here on.
    Bytes(Uuid, u64),
}

impl Part {
    pub(super) const FIRST: Self = Self::Profile;

    /// Writes a page of it; what comes next, if anything does. Of the past, bytes that are gone by now are left out.
    pub(super) async fn write(
        self,
        archive: &mut Archive,
        queries: &Queries,
        user: UserId,
        is_past: bool,
    ) -> Result<Option<Self>, ExportError> {
        let pool = &queries.pool;
        let next = match self {
            Self::Profile => {
                archive.file("profile.json")?;
                let mut connection = pool.acquire().await?;
                archive.value(&Account::find(&mut connection, user).await?.map(Account::seen_by_owner))?;
                Self::Settings
            }
            Self::Settings => {
                archive.file("settings.json")?;
                archive.value(&rows::settings(pool, user).await?.unwrap_or_else(|| Value::Object(Map::new())))?;
                Self::Sessions(None)
            }
            Self::Sessions(after) => {
                let page = rows::sessions(pool, user, after.unwrap_or_default()).await?;
                elements(archive, "sessions.json", after.is_none(), &page)?;
                page.last().map_or(Self::Blocked(None), |last| Self::Sessions(Some(last.id)))
            }
            Self::Blocked(after) => {
                let page = rows::blocked(pool, user, after.unwrap_or_default()).await?;
                elements(archive, "blocks.json", after.is_none(), &page)?;
                page.last().map_or(Self::Rooms(None), |last| Self::Blocked(Some(last.position)))
            }
            Self::Rooms(after) => {
                let page = rows::memberships(pool, user, after.unwrap_or_default(), queries.context.now()).await?;
                elements(archive, "rooms.json", after.is_none(), &page)?;
                page.last().map_or(Self::Bans(None), |last| Self::Rooms(Some(last.room_id)))
            }
            Self::Bans(after) => {
                let (page, last) = acts::bans(queries, user, after.unwrap_or_default()).await?;
                pieces(archive, "bans.json", after.is_none(), &page, last.is_none())?;
                last.map_or(Self::Invites(None), |last| Self::Bans(Some(last)))
            }
            Self::Invites(after) => {
                let page = acts::invites(pool, user, after.unwrap_or_default()).await?;
                elements(archive, "invites.json", after.is_none(), &page)?;
                page.last().map_or(Self::Calls(None), |last| Self::Invites(Some(last.position)))
            }
            Self::Calls(after) => {
                let page = acts::calls(pool, user, after.unwrap_or_default(), queries.context.now()).await?;
                elements(archive, "calls.json", after.is_none(), &page)?;
                page.last().map_or(Self::MessagesAfter(Uuid::nil()), |last| Self::Calls(Some(last.id)))
            }
            Self::MessagesAfter(room) => match rows::room_after(pool, user, room).await? {
                Some(room) => {
                    archive.file(&format!("messages/{room}.jsonl"))?;
                    Self::Messages(room, 0)
                }
                None => Self::Reactions(None),
            },
            Self::Messages(room, after) => {
                let page = rows::messages(queries, user, room, after).await?;
                page.iter().try_for_each(|message| archive.line(message))?;
                page.last().map_or(Self::MessagesAfter(room), |last| Self::Messages(room, last.ordinal))
            }
            Self::Reactions(after) => {
                if after.is_none() {
                    archive.file("reactions.jsonl")?;
                }
                let page = rows::reactions(pool, user, after.unwrap_or_default()).await?;
                page.iter().try_for_each(|reaction| archive.line(reaction))?;
                let whispered = Self::Whispered((Uuid::nil(), 0));
                page.last().map_or(whispered, |last| Self::Reactions(Some(last.message_id)))
            }
            Self::Whispered(after) => {
                let (page, last) = rows::whispered(queries, user, after).await?;
                page.iter().try_for_each(|reaction| archive.line(reaction))?;
                last.map_or(Self::Files(None), Self::Whispered)
            }
            Self::Files(after) => {
                let page = files::page(queries, user, after.unwrap_or_default()).await?;
                elements(archive, "files.json", after.is_none(), &page)?;
                page.last().map_or(Self::BytesAfter(Uuid::nil()), |last| Self::Files(Some(last.id)))
            }
            Self::BytesAfter(after) => {
                let next = files::uploaded_after(queries, user, after, is_past).await?;
                let Some((id, path)) = next else { return Ok(None) };
                archive.large_file(&path)?;
                Self::Bytes(id, 0)
            }
            Self::Bytes(id, from) => match files::bytes(queries, user, id, from).await? {
                Some(bytes) => {
                    archive.bytes(&bytes)?;
                    Self::Bytes(id, from + bytes.len() as u64)
                }
                None => Self::BytesAfter(id),
            },
        };
        Ok(Some(next))
    }
}

/// Writes a page of an array, which begins with its first and ends with one that is empty.
fn elements<T: Serialize>(archive: &mut Archive, name: &str, is_first: bool, page: &[T]) -> Result<(), ExportError> {
    pieces(archive, name, is_first, page, page.is_empty())
}

/// The same, where what is written of a page may be less than was looked at.
fn pieces<T: Serialize>(
    archive: &mut Archive,
    name: &str,
    is_first: bool,
    page: &[T],
    is_last: bool,
) -> Result<(), ExportError> {
    if is_first {
        archive.begin_array(name)?;
    }
    page.iter().try_for_each(|element| archive.element(element))?;
    if is_last {
        archive.end_array()?;
    }
    Ok(())
}
