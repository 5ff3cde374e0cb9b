//! Identifiers: UUIDs in lower case, version 7 for what is made, version 8 for what is derived.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

#[cfg(test)]
mod tests;

/// A path or body held something that is no identifier in canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a UUID in lower case")]
pub struct NotAnId;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Canonical).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            /// Takes the canonical form alone, so that one thing has one address.
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                canonical(text).map(Self)
            }
        }
    )*};
}

fn canonical(text: &str) -> Result<Uuid, NotAnId> {
    let id = Uuid::try_parse(text).map_err(|_| NotAnId)?;
    let mut buffer = Uuid::encode_buffer();
    if id.as_hyphenated().encode_lower(&mut buffer) == text { Ok(id) } else { Err(NotAnId) }
}

/// Reads the canonical form alone, also from bodies and queries.
struct Canonical;

impl Visitor<'_> for Canonical {
    type Value = Uuid;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a UUID in lower case")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Uuid, E> {
        canonical(text).map_err(E::custom)
    }
}

ids! {
    /// A person's account.
    UserId
    /// A signed-in device.
    SessionId
    /// A dialog, group or secret room.
    RoomId
    /// A message of a room.
    MessageId
    /// A record of a file: who has it and where it may be seen; several may refer to the same bytes.
    FileId
    /// A call in a room.
    CallId
    /// A role of a room.
    RoleId
    /// An erasure, and its receipt.
    ErasureId
    /// A legal hold.
    HoldId
}

/// The code of an invite: 128 random bits, which whoever holds them may use.
///
/// Text: 22 characters of base64url, so that no code looks like an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct InviteCode(pub Uuid);

impl InviteCode {
    /// The code of these bits.
    pub fn of(bits: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bits))
    }
}

impl fmt::Display for InviteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// A path held something that is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the code of an invite")]
pub struct NotACode;

impl FromStr for InviteCode {
    type Err = NotACode;

    /// Takes the canonical form alone, so that one thing has one address.
    fn from_str(text: &str) -> Result<Self, NotACode> {
        let bits = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotACode)?;
        bits.try_into().map(Self::of).map_err(|_| NotACode)
    }
}

impl From<InviteCode> for String {
    fn from(code: InviteCode) -> Self {
        code.to_string()
    }
}

impl TryFrom<String> for InviteCode {
    type Error = NotACode;

    fn try_from(text: String) -> Result<Self, NotACode> {
        text.parse()
    }
}

/// The UUID (version 8) that `name` has in `space`: the same in every run and on every machine.
///
/// The first 122 free bits of `SHA-256(space || 0 || name)`.
pub fn derived(space: &str, name: &str) -> Uuid {
    let digest = Sha256::new().chain_update(space).chain_update([0]).chain_update(name).finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    Uuid::new_v8(bytes)
}
