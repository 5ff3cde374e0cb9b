//! What is stored sealed, and with which key.
//!
//! An event in memory holds readable values in [`Sealed`]; the event store replaces each by ciphertext before it is
//! appended, and opens it again on loading. The object `{"key", "open"}` is this type's mark in JSON: no other part of
//! an event may have exactly these two fields.

use std::fmt;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::id::{FileId, MessageId, RoomId, UserId};

#[cfg(test)]
mod tests;

/// A value that is readable for as long as its key exists.
///
/// `T` must not serialise to `null`, which stands for "no longer readable".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed<T> {
    key: KeyName,
    open: Option<T>,
}

impl<T> Sealed<T> {
    /// Marks `value` to be sealed with `key`.
    pub fn new(key: KeyName, value: T) -> Self {
        Self { key, open: Some(value) }
    }

    /// The value, or nothing once its key was destroyed.
    pub fn get(&self) -> Option<&T> {
        self.open.as_ref()
    }

    /// The value, or nothing once its key was destroyed.
    pub fn into_inner(self) -> Option<T> {
        self.open
    }

    /// The key it is sealed with.
    pub fn key(&self) -> &KeyName {
        &self.key
    }
}

/// The name of a data key: labels joined by `/`, so that all keys of a user or a room can be found by its id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeyName(String);

impl KeyName {
    /// What is personal: email, display name, password hash, addresses, settings.
    pub fn user(user: UserId) -> Self {
        Self(format!("user/{user}"))
    }

    /// What describes a room: its name, topic and role names.
    pub fn room(room: RoomId) -> Self {
        Self(format!("room/{room}"))
    }

    /// What `author` wrote in `room` in one month.
    pub fn content(author: UserId, room: RoomId, month: Month) -> Self {
        Self(format!("content/{author}/{room}/{month}"))
    }

    /// One message of `author` in the secret room `room`: deleting it destroys the key.
    pub fn message(author: UserId, room: RoomId, message: MessageId) -> Self {
        Self(format!("message/{author}/{room}/{message}"))
    }

    /// One file of `author` in the secret room `room`: deleting it, or the message that it came with, destroys the key.
    pub fn file(author: UserId, room: RoomId, file: FileId) -> Self {
        Self(format!("file/{author}/{room}/{file}"))
    }

    /// What `file` of `author` is called, unless it is of a secret room: destroying it is the end of that name alone,
    /// which goes with its author too.
    pub fn filename(author: UserId, file: FileId) -> Self {
        Self(format!("filename/{author}/{file}"))
    }

    /// What `user` reacted with to one message of the secret room `room`: it goes with them, and deleting the message destroys
    /// the key.
    pub fn reaction(user: UserId, room: RoomId, message: MessageId) -> Self {
        Self(format!("reaction/{user}/{room}/{message}"))
    }

    /// Why an auditor looked: it outlives the auditor's account.
    pub fn audit(auditor: UserId) -> Self {
        Self(format!("audit/{auditor}"))
    }

    /// Why `admin` suspended `user`: it goes with either of the two.
    pub fn suspension(admin: UserId, user: UserId) -> Self {
        Self(format!("suspension/{admin}/{user}"))
    }

    /// The key of this name, as it is stored.
    pub fn stored(name: String) -> Self {
        Self(name)
    }

    /// The name as stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a message's own, or a file's, or that of what somebody reacted with to a message.
    pub fn is_of_a_message(&self) -> bool {
        is_fleeting(&self.0)
    }

    /// Whether it is that of what somebody reacted with to a message.
    pub fn is_of_a_reaction(&self) -> bool {
        self.0.starts_with("reaction/")
    }

    /// Whose file it is the own of, and which, if it is a file's.
    pub fn of_a_file(&self) -> Option<(UserId, FileId)> {
        match self.0.split('/').collect::<Vec<_>>().as_slice() {
            ["file", author, _, file] => Some((author.parse().ok()?, file.parse().ok()?)),
            _ => None,
        }
    }

    /// Whose file has its name alone sealed with it, and which, if it is a key of that.
    pub fn filename_of(&self) -> Option<(UserId, FileId)> {
        match self.0.split('/').collect::<Vec<_>>().as_slice() {
            ["filename", author, file] => Some((author.parse().ok()?, file.parse().ok()?)),
            _ => None,
        }
    }

    /// Who wrote where and in which month what is sealed with it, if it is a key of content.
    pub fn content_of(&self) -> Option<(UserId, RoomId, Month)> {
        match self.0.split('/').collect::<Vec<_>>().as_slice() {
            ["content", author, room, month] => Some((author.parse().ok()?, room.parse().ok()?, Month::parse(month)?)),
            _ => None,
        }
    }

    /// Who wrote, or chose, what is sealed with it, if it is one of content.
    pub fn author(&self) -> Option<UserId> {
        match self.0.split('/').collect::<Vec<_>>().as_slice() {
            ["content" | "message" | "file" | "reaction", author, _, _] => author.parse().ok(),
            _ => None,
        }
    }
}

/// The names of the keys that wrap the key called `name`, innermost first; the last is wrapped by the master key.
///
/// Destroying any of them makes the key useless: an author's content key is wrapped by the author's key.
pub fn wrapped_by(name: &str) -> Vec<String> {
    match name.split('/').collect::<Vec<_>>().as_slice() {
        ["content", author, _, _] | ["filename", author, _] => vec![format!("user/{author}")],
        ["suspension", admin, user] => vec![format!("user/{admin}"), format!("user/{user}")],
        ["message" | "file" | "reaction", author, room, _] => vec![format!("user/{author}"), format!("room/{room}")],
        _ => vec![],
    }
}

/// Whether the key called `name` is of one message or file alone, or of what somebody reacted with to one: no process keeps
/// it, nor what it opened, between two uses.
pub fn is_fleeting(name: &str) -> bool {
    ["message/", "file/", "reaction/"].into_iter().any(|kind| name.starts_with(kind))
}

/// A calendar month in UTC: the span of one content key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    year: i32,
    month: u8,
}

impl Month {
    /// The month in which `time` falls.
    pub fn of(time: OffsetDateTime) -> Self {
        let utc = time.to_offset(time::UtcOffset::UTC);
        Self { year: utc.year(), month: utc.month().into() }
    }

    /// A month as names of keys have it.
    fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        Some(Self { year: year.parse().ok()?, month: month.parse().ok().filter(|month| (1..=12).contains(month))? })
    }

    /// Its first moment; none of one that no clock shows.
    pub fn start(self) -> Option<OffsetDateTime> {
        let month = self.month.try_into().ok()?;
        Some(time::Date::from_calendar_date(self.year, month, 1).ok()?.midnight().assume_utc())
    }

    /// The first moment after it; none of one that no clock shows.
    pub fn end(self) -> Option<OffsetDateTime> {
        let next = if self.month == 12 {
            Self { year: self.year.checked_add(1)?, month: 1 }
        } else {
            Self { month: self.month + 1, ..self }
        };
        next.start()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}
