//! Files and who may see them: `migrations/read/file.sql`.

mod permission;
mod usage;

use domain::file::{Blob, FileEvent, Grantee, Told};
use domain::id::{FileId, RoomId, UserId};
use domain::sealed::Sealed;
use sqlx::PgConnection;
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
        blob: Option<String>,
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
    const VERSION: i32 = 4;
    const DDL: &'static str = include_str!("../../migrations/read/file.sql");

    fn want(rows: &mut Rows, event: &Event) {
        let Fact::File(id, fact) = &event.fact else { return };
        rows.files.want([*id]);
        match fact {
            FileEvent::FileUploaded { owner_id, blob, .. } | FileEvent::FileForwarded { owner_id, blob, .. } => {
                usage::want(rows, owner_id.0, &blob.filename_internal);
            }
            FileEvent::FileCompleted { owner_id, blob } => usage::want(rows, owner_id.0, &blob.filename_internal),
            FileEvent::FileDescribed { .. } => {}
            FileEvent::FileGranted { to, .. } | FileEvent::FileRevoked { from: to, .. } => {
                rows.file_permissions.want([*id, grantee(to).0]);
            }
            FileEvent::FileDeleted { owner_id, filename_internal, .. } => {
                if let Some(filename_internal) = filename_internal {
                    usage::want(rows, owner_id.0, filename_internal);
                }
            }
        }
    }

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let Fact::File(id, fact) = &event.fact else { return Ok(()) };
        let id = *id;
        if let FileEvent::FileUploaded { owner_id, filename_visible, blob, room_id, .. } = fact {
            let made = Made { owner: *owner_id, author: *owner_id, name: filename_visible, bytes: Bytes::Here(blob) };
            return make(rows, id, event, made, *room_id, None);
        }
        if let FileEvent::FileDescribed { owner_id, filename_visible, told, imported: _ } = fact {
            let made = Made { owner: *owner_id, author: *owner_id, name: filename_visible, bytes: Bytes::Told(told) };
            return make(rows, id, event, made, None, None);
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
            let made = Made { owner: *owner_id, author: *author_id, name: filename_visible, bytes: Bytes::Here(blob) };
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
            FileEvent::FileUploaded { .. } | FileEvent::FileDescribed { .. } | FileEvent::FileForwarded { .. } => {}
            FileEvent::FileCompleted { owner_id, blob } => {
                file.has(&Bytes::Here(blob));
                usage::fill(rows, owner_id.0, blob.filename_internal.clone(), size_of(blob.size));
            }
            FileEvent::FileGranted { to, message_id } => {
                let way = message_id.map_or(Uuid::nil(), |message| message.0);
                permission::grant(rows, id, grantee(to), way, event);
            }
            FileEvent::FileRevoked { from, message_id } => {
                permission::revoke(rows, [id, grantee(from).0], message_id.map(|message| message.0));
            }
            FileEvent::FileDeleted { .. } => {
                let counted = file.counts().then(|| (file.owner_id, file.blob.clone(), file.size));
                (file.deleted, file.filename) = (true, None);
                if let Some((owner, blob, size)) = counted {
                    usage::release(rows, owner, blob, size);
                }
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
    bytes: Bytes<'a>,
}

/// Bytes that are kept, or that an import only tells of.
enum Bytes<'a> {
    Here(&'a Blob),
    Told(&'a Told),
}

impl File {
    /// Whether it weighs on its owner's quota: what others made of an erased person's file is there for nobody.
    fn counts(&self) -> bool {
        self.owner_id == self.author_id || self.filename.is_some()
    }

    /// What is known of its bytes.
    fn has(&mut self, bytes: &Bytes<'_>) {
        match bytes {
            Bytes::Here(blob) => {
                (self.blob, self.sha256) = (Some(blob.filename_internal.clone()), blob.sha256.clone());
                (self.size, self.r#type) = (size_of(blob.size), blob.media_type.clone());
                (self.width, self.height) = blob.pixels.map(|(width, height)| (width.into(), height.into())).unzip();
                let preview = blob.preview.as_ref();
                self.preview = preview.map(|preview| preview.filename_internal.clone());
                self.preview_sha256 = preview.and_then(|preview| preview.sha256.clone());
                self.preview_size = preview.map(|preview| size_of(preview.size));
                self.preview_type = preview.map(|preview| preview.media_type.clone());
            }
            Bytes::Told(told) => (self.size, self.r#type) = (size_of(told.size), told.media_type.clone()),
        }
    }
}

fn size_of(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn make(
    rows: &mut Rows,
    id: Uuid,
    event: &Event,
    Made { owner, author, name, bytes }: Made<'_>,
    room: Option<RoomId>,
    from: Option<FileId>,
) -> Result<(), Poison> {
    if rows.files.has([id]) {
        return Err(Poison::MadeBefore);
    }
    let mut file = File {
        id,
        owner_id: owner.0,
        author_id: author.0,
        filename: name.get().cloned(),
        sealed: name.key().is_of_a_message(),
        blob: None,
        sha256: None,
        size: 0,
        r#type: String::new(),
        width: None,
        height: None,
        preview: None,
        preview_sha256: None,
        preview_size: None,
        preview_type: None,
        room_id: room.map(|room| room.0),
        forwarded_from: from.map(|file| file.0),
        uploaded_at: event.at,
        deleted: false,
        position: event.position,
        version: event.sequence,
    };
    file.has(&bytes);
    if file.counts() {
        usage::take(rows, owner.0, file.blob.clone(), file.size);
    }
    rows.files.make(file)
}

/// Takes the names of what somebody uploaded out of up to `most` files, of theirs and of those that others made of them,
/// which weigh on nobody's quota from then on; how many there were.
pub(crate) async fn forget(
    user: Uuid,
    most: i64,
    connection: &mut PgConnection,
    schema: &str,
) -> Result<usize, sqlx::Error> {
    let named: Vec<Named> = sqlx::query_as(&format!(
        "select id, owner_id, blob from {schema}.file where author_id = $1 and filename is not null limit $2"
    ))
    .bind(user)
    .bind(most)
    .fetch_all(&mut *connection)
    .await?;
    let found = named.len();
    take_names(named, connection, schema).await?;
    Ok(found)
}

/// Takes the names out of these files, whose keys are destroyed: as [`forget`] does.
pub(crate) async fn forget_names(
    files: &[Uuid],
    connection: &mut PgConnection,
    schema: &str,
) -> Result<(), sqlx::Error> {
    let named: Vec<Named> = sqlx::query_as(&format!(
        "select id, owner_id, blob from {schema}.file where id = any($1) and filename is not null"
    ))
    .bind(files)
    .fetch_all(&mut *connection)
    .await?;
    take_names(named, connection, schema).await
}

/// A file that still has a name: its id, its owner, and what its bytes are called.
type Named = (Uuid, Uuid, Option<String>);

async fn take_names(named: Vec<Named>, connection: &mut PgConnection, schema: &str) -> Result<(), sqlx::Error> {
    let mut rows = Box::new(Rows::default());
    for (id, owner, blob) in &named {
        rows.files.want([*id]);
        if let Some(blob) = blob {
            usage::want(&mut rows, *owner, blob);
        }
    }
    rows.load(connection, schema).await?;
    for (id, owner, blob) in named {
        let Some(file) = rows.files.change([id]) else { continue };
        file.filename = None;
        let size = file.size;
        if !file.counts() {
            usage::release(&mut rows, owner, blob, size);
        }
    }
    rows.store(connection, schema).await
}

/// Who, and whether that is a room.
fn grantee(of: &Grantee) -> (Uuid, bool) {
    match of {
        Grantee::User(user) => (user.0, false),
        Grantee::Room(room) => (room.0, true),
    }
}
