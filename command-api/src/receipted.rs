//! What receipts hold of answers.

use api_kit::Timestamp;
use domain::id::{CallId, ErasureId, FileId, InviteCode, MessageId, RoomId, UserId};
use domain::sealed::KeyName;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// What a command's receipt may hold: it stands in the log in clear and for good, where no erasure comes. So it is made of
/// ids, places, times and flags, and never of text: what people write, are called and are mailed at is text.
pub(crate) trait Receipted: Serialize + DeserializeOwned {}

macro_rules! are_receipted {
    ($($name:ty),*) => { $(impl Receipted for $name {})* };
}

are_receipted!(
    (),
    bool,
    i64,
    Timestamp,
    Uuid,
    UserId,
    RoomId,
    MessageId,
    FileId,
    CallId,
    InviteCode,
    ErasureId,
    KeyName
);

impl<T: Receipted> Receipted for Option<T> {}

impl<T: Receipted> Receipted for Vec<T> {}

/// Has a struct be [`Receipted`], whose fields all are, but those after `not`, which serde skips.
macro_rules! receipt_of {
    ($name:ident { $($kept:ident),* $(; not $($skipped:ident),+)? }) => {
        impl $crate::receipted::Receipted for $name {}

        const _: fn(&$name) = |value| {
            fn is_receipted(_: &impl $crate::receipted::Receipted) {}
            let $name { $($kept,)* $($($skipped: _,)+)? } = value;
            $(is_receipted($kept);)*
        };
    };
}

pub(crate) use receipt_of;
