//! Files and who may see them: `migrations/read/file.sql`.

mod permission;
mod usage;

use domain::file::{Blob, FileEvent, Grantee};
use domain::id::{FileId, RoomId, UserId};
use domain::sealed::Sealed;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::{Event, Fact};
use crate::projection::{Poison, Projection};
use crate::rows::{Rows, row};

pub(crate) use permission::FilePermission;
pub(crate) use usage::{FileReference, FileUsage};

row! {
    /// A file.
    struct File in "file" by [id] {
        id: Uuid,
        owner_id: Uuid,
        author_id: Uuid,
        filename: Option<String>,
        sealed: bool,
        blob: String,
        sha256: Option<String>,
        size: i64,
        r#type: String,
        width: Option<i64>,
        height: Option<i64>,
        preview: Option<String>,
        preview_sha256: Option<String>,
        preview_size: Option<i64>,
        preview_type: Option<String>,
        room_id: Option<Uuid>,
        forwarded_from: Option<Uuid>,
        uploaded_at: OffsetDateTime,
        deleted: bool,
        position: i64,
        version: i64,
    }
}

pub(crate) struct Files;

impl Projection for Files {
    const NAME: &'static str = "files";
    const VERSION: i32 = 2;
    const DDL: &'static str = include_str!("../../migrations/read/file.sql");

    fn want(rows: &mut Rows, event: &Event) {
        let Fact::File(id, fact) = &event.fact else { return };
        rows.files.want([*id]);
        match fact {
            FileEvent::FileUploaded { owner_id, blob, .. } | FileEvent::FileForwarded { owner_id, blob, .. } => {
                usage::want(rows, owner_id.0, &blob.filename_internal);
            }
            FileEvent::FileGranted { to, .. } | FileEvent::FileRevoked { from: to, .. } => {
                rows.file_permissions.want([*id, grantee(to).0]);
            }
            FileEvent::FileDeleted { owner_id, filename_internal, .. } => {
                usage::want(rows, owner_id.0, filename_internal);
            }
        }
    }

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let Fact::File(id, fact) = &event.fact else { return Ok(()) };
        let id = *id;
        if let FileEvent::FileUploaded { owner_id, filename_visible, blob, room_id, .. } = fact {
            let made = Made { owner: *owner_id, author: *owner_id, name: filename_visible, blob };
            return make(rows, id, event, made, *room_id, None);
        }
        if let FileEvent::FileForwarded {
            owner_id,
            author_id,
            filename_visible,
            blob,
            forwarded_from,
            room_id,
            message_id,
        } = fact
        {
            let made = Made { owner: *owner_id, author: *author_id, name: filename_visible, blob };
            make(rows, id, event, made, None, Some(*forwarded_from))?;
            permission::grant(rows, id, (room_id.0, true), message_id.0, event);
            return Ok(());
        }
        let file = rows.files.change([id]).ok_or(Poison::NothingToChange)?;
        file.version = event.sequence;
        if file.deleted {
            return Ok(());
        }
        match fact {
            FileEvent::FileUploaded { .. } | FileEvent::FileForwarded { .. } => {}
            FileEvent::FileGranted { to, message_id } => {
                let way = message_id.map_or(Uuid::nil(), |message| message.0);
                permission::grant(rows, id, grantee(to), way, event);
            }
            FileEvent::FileRevoked { from, message_id } => {
                permission::revoke(rows, [id, grantee(from).0], message_id.map(|message| message.0));
            }
            FileEvent::FileDeleted { .. } => {
                file.deleted = true;
                file.filename = None;
                let (owner, blob, size) = (file.owner_id, file.blob.clone(), file.size);
                usage::release(rows, owner, blob, size);
            }
        }
        Ok(())
    }
}

/// What a file's making tells in either way.
struct Made<'a> {
    owner: UserId,
    author: UserId,
    name: &'a Sealed<String>,
    blob: &'a Blob,
}

fn make(
    rows: &mut Rows,
    id: Uuid,
    event: &Event,
    Made { owner, author, name, blob }: Made<'_>,
    room: Option<RoomId>,
    from: Option<FileId>,
) -> Result<(), Poison> {
    let size = i64::try_from(blob.size).unwrap_or(i64::MAX);
    if rows.files.has([id]) {
        return Err(Poison::MadeBefore);
    }
    let preview = blob.preview.as_ref();
    usage::take(rows, owner.0, blob.filename_internal.clone(), size);
    rows.files.make(File {
        id,
        owner_id: owner.0,
        author_id: author.0,
        filename: name.get().cloned(),
        sealed: name.key().is_of_a_message(),
        blob: blob.filename_internal.clone(),
        sha256: blob.sha256.clone(),
        size,
        r#type: blob.media_type.clone(),
        width: blob.pixels.map(|(width, _)| width.into()),
        height: blob.pixels.map(|(_, height)| height.into()),
        preview: preview.map(|preview| preview.filename_internal.clone()),
        preview_sha256: preview.and_then(|preview| preview.sha256.clone()),
        preview_size: preview.map(|preview| i64::try_from(preview.size).unwrap_or(i64::MAX)),
        preview_type: preview.map(|preview| preview.media_type.clone()),
        room_id: room.map(|room| room.0),
        forwarded_from: from.map(|file| file.0),
        uploaded_at: event.at,
        deleted: false,
        position: event.position,
        version: event.sequence,
    })
}

/// Who, and whether that is a room.
fn grantee(of: &Grantee) -> (Uuid, bool) {
    match of {
        Grantee::User(user) => (user.0, false),
        Grantee::Room(room) => (room.0, true),
    }
}
