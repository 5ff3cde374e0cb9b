//! What was posted, as it is kept until it is told in its order.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::people::PersonNumber;
use super::room::RoomNumber;

/// What happened at a time.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Told {
    Said(Box<Said>),
    Came { room: RoomNumber, person: PersonNumber },
    Left { room: RoomNumber, person: PersonNumber },
    Header { room: RoomNumber, person: PersonNumber, header: String },
    Renamed { room: RoomNumber, person: PersonNumber, name: String },
}

/// A message.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Said {
    pub(super) room: RoomNumber,
    pub(super) person: PersonNumber,
    /// With the names that people have here.
    pub(super) text: String,
    /// Whom those names mention.
    pub(super) mentions: Vec<(String, PersonNumber)>,
    pub(super) edit_at: Option<i64>,
    pub(super) answers: Option<Answered>,
    pub(super) reactions: Vec<Reacted>,
    pub(super) pinned: bool,
    /// Paths of the files that went with it.
    pub(super) files: Vec<String>,
    /// What there is no fact for.
    pub(super) rest: Option<Value>,
}

/// The post that another answers.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Answered {
    pub(super) person: PersonNumber,
    pub(super) at: i64,
    pub(super) line: u64,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Reacted {
    pub(super) person: PersonNumber,
    pub(super) at: i64,
    pub(super) emoji: String,
}

impl Told {
    /// How many facts it is.
    pub(super) fn facts(&self) -> usize {
        match self {
            Self::Said(said) => {
                let changes = usize::from(said.edit_at.is_some()) + usize::from(said.pinned);
                1 + said.files.len() + changes + said.reactions.len()
            }
            Self::Came { .. } | Self::Left { .. } | Self::Header { .. } | Self::Renamed { .. } => 1,
        }
    }
}
