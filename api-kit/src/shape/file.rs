//! Files.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Timestamp;

/// A file: a record of who has which bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct File {
    /// Its id.
    pub id: Uuid,
    /// Who uploaded or forwarded it.
    pub owner_id: Uuid,
    /// What it is called: without separators, controls and marks that set the direction of text; at most 255 bytes.
    #[schema(example = "report.pdf")]
    pub filename_visible: String,
    /// How many bytes. As long as there is no `hash`, as an import told; 0 where it told nothing.
    #[schema(example = 1024)]
    pub size: i64,
    /// Of its bytes; null if an import told of it without them.
    #[schema(example = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")]
    pub hash: Option<String>,
    /// What its bytes look like; as long as there is no `hash`, what an import told of them.
    #[schema(example = "application/pdf")]
    pub r#type: String,
    /// When it was uploaded or forwarded.
    pub uploaded_at: Timestamp,
    /// The file that a forward made it of.
    pub forwarded_from: Option<Uuid>,
    /// Width of an image, in pixels, as it is to be held. An image that has a width has a preview:
    /// `GET /v1/files/{id}/content?preview=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub width: Option<i64>,
    /// Height of an image, in pixels, as it is to be held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub height: Option<i64>,
    /// Counts what happened to it.
    #[schema(example = 1)]
    pub version: i64,
}

/// Somebody, or a room whose members, may see a file. One of the two ids is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FilePermission {
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub user_id: Option<Uuid>,
    /// The room.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub room_id: Option<Uuid>,
    /// The messages of the room that it goes with: what they gave ends with them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub message_ids: Vec<Uuid>,
    /// Since when.
    pub granted_at: Timestamp,
}
