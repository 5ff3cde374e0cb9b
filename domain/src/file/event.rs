//! What can happen to a file.

use serde::{Deserialize, Serialize};

use crate::erasure::Erasure;
use crate::id::{FileId, MessageId, RoomId, UserId};
use crate::imported::Imported;
use crate::sealed::Sealed;

/// What happened to a file. Its name is sealed with a key of its own, which that of who uploaded it wraps; in a secret
/// room the room's does so too. Names of before are sealed with the key of who uploaded it, or of what they wrote in
/// the room that a forward came to, in that month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum FileEvent {
    /// Its bytes are safe, and it is somebody's.
    FileUploaded {
        /// Whose.
        owner_id: UserId,
        /// What people see it called.
        filename_visible: Sealed<String>,
        /// Its bytes.
        blob: Blob,
        /// The secret room that it is for alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        room_id: Option<RoomId>,
        /// Of a secret room's: what opens and proves its bytes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        secret: Option<Sealed<Secret>>,
        /// Set on what an import made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imported: Option<Imported>,
    },
    /// An import says that somebody shared it; its bytes are not here. What it says of them is not proven.
    FileDescribed {
        /// Whose.
        owner_id: UserId,
        /// What people see it called.
        filename_visible: Sealed<String>,
        /// What the source says of its bytes.
        told: Told,
        /// Where it says so.
        imported: Imported,
    },
    /// Its bytes, which were only described before, are safe.
    FileCompleted {
        /// Whose.
        owner_id: UserId,
        /// Its bytes.
        blob: Blob,
    },
    /// It was made of another by a forward, for the room that it came to.
    FileForwarded {
        /// Who forwarded.
        owner_id: UserId,
        /// Who uploaded it in the beginning.
        author_id: UserId,
        /// Of which file.
        forwarded_from: FileId,
        /// What people see it called.
        filename_visible: Sealed<String>,
        /// Its bytes: the same.
        blob: Blob,
        /// Where it came to.
        room_id: RoomId,
        /// With which message.
        message_id: MessageId,
    },
    /// Somebody, or a room's members, may see it.
    FileGranted {
        /// Who.
        to: Grantee,
        /// The message of the room that it goes with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<MessageId>,
    },
    /// They may not any more.
    FileRevoked {
        /// Who.
        from: Grantee,
        /// Only as far as this message gave it, which was deleted; none is wholly.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message_id: Option<MessageId>,
    },
    /// It is gone for everybody; its bytes go with the last record that refers to them.
    FileDeleted {
        /// By whom.
        by: UserId,
        /// Whose it was.
        owner_id: UserId,
        /// Its bytes' name, to which one record less refers; none if they never came.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        filename_internal: Option<String>,
        /// Of a secret room's: its key was destroyed, so that no copy of it can be read. Of one that no room keeps any
        /// longer: that of its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        erasure: Option<Erasure>,
    },
}

crate::stored::stored_events! { FileEvent {
    FileUploaded => "file_uploaded",
    FileDescribed => "file_described",
    FileCompleted => "file_completed",
    FileForwarded => "file_forwarded",
    FileGranted => "file_granted",
    FileRevoked => "file_revoked",
    FileDeleted => "file_deleted",
} }

/// Bytes, as they are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Blob {
    /// What it is called where blobs are kept: the digest of its bytes, so that they are kept once; with a number
    /// behind it if a blob of the name was given up before. Of a secret room's file, random.
    pub filename_internal: String,
    /// SHA-256 of the bytes in hex; of a secret room's file it is sealed: [`Secret`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// How many bytes.
    pub size: u64,
    /// What the bytes look like, such as `image/png`.
    pub media_type: String,
    /// Width and height of an image, in pixels, as it is to be held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixels: Option<(u32, u32)>,
    /// A small picture of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<Preview>,
}

/// The bytes of a small picture of an image, as they are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preview {
    /// What they are called where blobs are kept, as [`Blob::filename_internal`].
    pub filename_internal: String,
    /// SHA-256 of them in hex; of a secret room's file it is sealed: [`Secret`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// How many bytes.
    pub size: u64,
    /// What they are, such as `image/jpeg`.
    pub media_type: String,
}

/// What the source of an import says of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// How many bytes; 0 where it does not say.
    pub size: u64,
    /// What they are, such as `image/png`.
    pub media_type: String,
}

/// What only who may see a secret room's file knows of its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// SHA-256 of the bytes before they were sealed, in hex.
    pub sha256: String,
    /// What the bytes are sealed with: 32 bytes in hex.
    pub key: String,
    /// The same of its preview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preview: Option<SecretPreview>,
}

/// What only who may see a secret room's file knows of its preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretPreview {
    /// SHA-256 of the bytes before they were sealed, in hex.
    pub sha256: String,
    /// What the bytes are sealed with: 32 bytes in hex.
    pub key: String,
}

/// Who may see a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grantee {
    /// One person.
    User(UserId),
    /// Whoever is a member of a room.
    Room(RoomId),
}
