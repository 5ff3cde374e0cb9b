//! The parts of an export, in order, each a page at a time.

use domain::id::UserId;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::archive::Archive;
use super::{ExportError, files, rows};
use crate::Queries;
use crate::users::Account;

/// What is to be written next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Profile,
    Settings,
    /// Those with ids after this one; the file begins with none.
    Sessions(Option<Uuid>),
    /// Memberships of rooms after this one.
    Rooms(Option<Uuid>),
    /// Messages of the rooms after this one.
    MessagesAfter(Uuid),
    /// Messages of this room after this ordinal.
    Messages(Uuid, i64),
    /// Reactions to messages after this one; the file begins with none.
    Reactions(Option<Uuid>),
    /// Files after this one; the list begins with none.
    Files(Option<Uuid>),
    /// The bytes of the files after this one.
    BytesAfter(Uuid),
    /// The bytes of this file from here on.
    Bytes(Uuid, u64),
}

impl Part {
    pub(super) const FIRST: Self = Self::Profile;

    /// Writes a page of it; what comes next, if anything does.
    pub(super) async fn write(
        self,
        archive: &mut Archive,
        queries: &Queries,
        user: UserId,
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
                if after.is_none() {
                    archive.begin_array("sessions.json")?;
                }
                let page = rows::sessions(pool, user, after.unwrap_or_default()).await?;
                page.iter().try_for_each(|session| archive.element(session))?;
                if let Some(last) = page.last() {
                    Self::Sessions(Some(last.id))
                } else {
                    archive.end_array()?;
                    Self::Rooms(None)
                }
            }
            Self::Rooms(after) => {
                if after.is_none() {
                    archive.begin_array("rooms.json")?;
                }
                let page = rows::memberships(pool, user, after.unwrap_or_default(), queries.context.now()).await?;
                page.iter().try_for_each(|membership| archive.element(membership))?;
                if let Some(last) = page.last() {
                    Self::Rooms(Some(last.room_id))
                } else {
                    archive.end_array()?;
                    Self::MessagesAfter(Uuid::nil())
                }
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
                page.last().map_or(Self::Files(None), |last| Self::Reactions(Some(last.message_id)))
            }
            Self::Files(after) => {
                if after.is_none() {
                    archive.begin_array("files.json")?;
                }
                let page = files::page(queries, user, after.unwrap_or_default()).await?;
                page.iter().try_for_each(|file| archive.element(file))?;
                if let Some(last) = page.last() {
                    Self::Files(Some(last.id))
                } else {
                    archive.end_array()?;
                    Self::BytesAfter(Uuid::nil())
                }
            }
            Self::BytesAfter(after) => {
                let Some((id, path)) = files::uploaded_after(queries, user, after).await? else { return Ok(None) };
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
