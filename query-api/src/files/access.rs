//! Who sees a file: its owner, people whom it is granted, members of rooms that it is granted to; of somebody's picture,
//! whoever sees their account.
//!
//! The rows that say so are compared with the log in the snapshot that the answer is of, as in [`crate::authority`].
//! What is behind is waited for only where it could concern the caller: whether the read models have caught up with a
//! file that they may not know of, they cannot tell from the time it takes.

use api_kit::Problem;
use api_kit::shape::Role;
use blob_store::sealed::SealKey;
use domain::id::{FileId, UserId};
use sqlx::types::Json;
use uuid::Uuid;

use super::{FileRow, whispered};
use crate::asking::{Asking, Interrupted, View};
use crate::place::{Place, RoomRow};

/// A file that the caller sees.
pub(crate) struct SeenFile {
    pub(crate) file: FileRow,
    /// None if an import told of it without them.
    pub(crate) bytes: Option<Kept>,
    /// Of an image.
    pub(crate) preview: Option<Kept>,
    pub(crate) is_owner: bool,
}

/// Bytes of a file.
pub(crate) struct Kept {
    /// What they are called.
    pub(crate) blob: String,
    /// Hex.
    pub(crate) sha256: String,
    pub(crate) size: i64,
    pub(crate) media_type: String,
    /// What opens them, of a secret room's.
    pub(crate) key: Option<SealKey>,
}

/// A file that is there, seen or not.
struct Found {
    seen: SeenFile,
    sealed: bool,
    /// Of its making.
    position: i64,
}

impl Asking {
    /// A snapshot in which the caller sees a file; if they do not, there is none.
    pub(crate) async fn file(&mut self, id: FileId) -> Result<(View, SeenFile), Problem> {
        loop {
            let (mut view, _) = self.view(None).await?;
            match seen(&mut view, id).await {
                Ok(file) => return Ok((view, file)),
                Err(interrupted) => {
                    drop(view);
                    self.wait_out(interrupted).await?;
                }
            }
        }
    }
}

async fn seen(view: &mut View, id: FileId) -> Result<SeenFile, Interrupted> {
    let user = view.caller.user;
    let version = version(view, id).await?;
    let unseen = unseen(view, id, version.unwrap_or(0), user).await?;
    if let Some(position) = unseen.concerns_caller {
        return Err(Interrupted::Behind(position));
    }
    if unseen.deleted || version.is_none() {
        return Err(Problem::NotFound.into());
    }
    let found = find(view, id).await?.ok_or(Problem::NotFound)?;
    let owner = UserId(found.seen.file.owner_id);
    let is_owner = owner == user;
    if !is_owner && !is_granted(view, id, user).await? && !is_picture(view, id, owner).await? {
        return Err(Problem::NotFound.into());
    }
    Ok(SeenFile { is_owner, ..opened(view, found).await? })
}

/// The file, with what is sealed of a secret room's; without its key it is gone.
async fn opened(view: &mut View, Found { mut seen, sealed, position }: Found) -> Result<SeenFile, Problem> {
    if sealed {
        let keyring = view.keyring.clone();
        let mut whispered = whispered(view.connection(), &keyring, &[position]).await?;
        let whispered = whispered.remove(&position).ok_or(Problem::NotFound)?;
        whispered.tell(&mut seen.file);
        seen.bytes = seen.bytes.map(|kept| Kept { sha256: whispered.sha256, key: Some(whispered.key), ..kept });
        seen.preview =
            seen.preview.zip(whispered.preview).map(|(kept, (sha256, key))| Kept { sha256, key: Some(key), ..kept });
    }
    Ok(seen)
}

async fn version(view: &mut View, id: FileId) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!(r#"select version as "version!" from read.file where id = $1"#, id.0)
        .fetch_optional(view.connection())
        .await
}

/// What the log has of a file that the read models have not seen.
struct Unseen {
    /// The last that made it the caller's, or gave or took their sight of it.
    concerns_caller: Option<i64>,
    deleted: bool,
}

/// Of a room only who is or was in it is concerned.
async fn unseen(view: &mut View, id: FileId, version: i64, user: UserId) -> Result<Unseen, sqlx::Error> {
    sqlx::query_as!(
        Unseen,
        r#"select max(e.position) filter (
                where e.payload->>'owner_id' = $3 and e.event_type <> 'file_deleted'
                    or coalesce(e.payload->'to', e.payload->'from')->>'user' = $3
                    or exists (
                        select from log.events m
                        where m.aggregate_type = 'membership' and m.sequence = 1 and m.aggregate_id =
                            coalesce(coalesce(e.payload->'to', e.payload->'from')->>'room', e.payload->>'room_id')
                                || ':' || $3)
            ) as "concerns_caller?",
            coalesce(bool_or(e.event_type = 'file_deleted'), false) as "deleted!"
        from log.events e
        where e.aggregate_type = 'file' and e.aggregate_id = $1 and e.sequence > $2"#,
        id.to_string(),
        version,
        user.to_string(),
    )
    .fetch_one(view.connection())
    .await
}

/// The file, unless it is deleted or its owner, or who uploaded it, is erased.
async fn find(view: &mut View, id: FileId) -> Result<Option<Found>, sqlx::Error> {
    let found = sqlx::query!(
        r#"select f.id as "id!", f.owner_id as "owner_id!", f.filename, f.sha256, f.size as "size!", f.type as "type!",
            f.width, f.height, f.forwarded_from, f.uploaded_at as "uploaded_at!", f.version as "version!",
            f.blob, f.sealed as "sealed!", f.position as "position!", f.preview, f.preview_sha256,
            f.preview_size, f.preview_type
        from read.file f
        where f.id = $1 and not f.deleted and (f.filename is not null or f.sealed)
            and not exists (select from keys.erased k where k.user_id in (f.owner_id, f.author_id))"#,
        id.0,
    )
    .fetch_optional(view.connection())
    .await?;
    Ok(found.map(|row| {
        let bytes = row.blob.map(|blob| Kept {
            blob,
            sha256: row.sha256.clone().unwrap_or_default(),
            size: row.size,
            media_type: row.r#type.clone(),
            key: None,
        });
        let preview = row.preview.map(|blob| Kept {
            blob,
            sha256: row.preview_sha256.unwrap_or_default(),
            size: row.preview_size.unwrap_or_default(),
            media_type: row.preview_type.unwrap_or_default(),
            key: None,
        });
        let file = FileRow {
            id: row.id,
            owner_id: row.owner_id,
            filename: row.filename,
            sha256: row.sha256,
            size: row.size,
            r#type: row.r#type,
            width: row.width,
            height: row.height,
            forwarded_from: row.forwarded_from,
            uploaded_at: row.uploaded_at,
            version: row.version,
        };
        let seen = SeenFile { file, bytes, preview, is_owner: false };
        Found { seen, sealed: row.sealed, position: row.position }
    }))
}

/// By a person's grant, or by a room's that they see at the place of the grant. A probe or two for each of its rooms.
async fn is_granted(view: &mut View, id: FileId, user: UserId) -> Result<bool, Interrupted> {
    let grants = sqlx::query!(
        r#"select p.is_room as "is_room!", (select max(n) from unnest(p.positions) n) as "last!",
            r.type as "type?", r.visibility as "visibility?", r.permissions as "permissions?",
            r.roles as "roles?: Json<Vec<Role>>", r.owner as "owner?", r.archived as "archived?", r.closed as "closed?",
            m.present as "present?", m.roles as "member_roles?: Vec<Uuid>", m.joined_position as "joined_position?",
            greatest(
                case when coalesce(m.version, 0) <> coalesce(ml.sequence, 0) then ml.position end,
                case when coalesce(r.version, 0) <> coalesce(rl.sequence, 0)
                    and (m.version is not null or ml.sequence is not null) then rl.position end
            ) as "unseen?"
        from read.file_permission p
        left join read.room r on p.is_room and r.id = p.grantee_id
        left join read.membership m on p.is_room and m.room_id = p.grantee_id and m.user_id = $2
        left join lateral (
            select e.sequence, e.position from log.events e
            where p.is_room and e.aggregate_type = 'room' and e.aggregate_id = p.grantee_id::text
            order by e.sequence desc limit 1) rl on true
        left join lateral (
            select e.sequence, e.position from log.events e
            where p.is_room and e.aggregate_type = 'membership'
                and e.aggregate_id = p.grantee_id::text || ':' || $2::uuid::text
            order by e.sequence desc limit 1) ml on true
        where p.file_id = $1 and p.ways <> '{}' and (p.is_room or p.grantee_id = $2)"#,
        id.0,
        user.0,
    )
    .fetch_all(view.connection())
    .await?;
    let mut behind = None;
    for grant in grants {
        if !grant.is_room {
            return Ok(true);
        }
        if grant.unseen.is_some() {
            behind = behind.max(grant.unseen);
            continue;
        }
        let room = grant.r#type.map(|room_type| RoomRow {
            room_type,
            visibility: grant.visibility.unwrap_or_default(),
            permissions: grant.permissions.unwrap_or_default(),
            roles: grant.roles.map(|Json(roles)| roles).unwrap_or_default(),
            owner: grant.owner,
            archived: grant.archived.unwrap_or_default(),
            closed: grant.closed.unwrap_or_default(),
        });
        let present = grant.present == Some(true);
        let roles = grant.member_roles.unwrap_or_default();
        let place = Place::of(user, room.as_ref(), present, &roles, grant.joined_position.unwrap_or_default())?;
        if place.standing.present && grant.last > place.floor() {
            return Ok(true);
        }
    }
    behind.map_or(Ok(false), |position| Err(Interrupted::Behind(position)))
}

/// Whether it is the picture of its owner, whose account the caller sees.
async fn is_picture(view: &mut View, id: FileId, owner: UserId) -> Result<bool, Interrupted> {
    let shown = sqlx::query!(
        r#"select a.avatar_file_id is not distinct from $1 as "now!", (
                select max(e.position) from log.events e
                where e.aggregate_type = 'user' and e.aggregate_id = $2::uuid::text and e.sequence > a.version
                    and e.event_type = 'user_avatar_changed'
            ) as "unseen?"
        from read.account a where a.id = $2"#,
        id.0,
        owner.0,
    );
    let Some(shown) = shown.fetch_optional(view.connection()).await? else { return Ok(false) };
    if !shown.now && shown.unseen.is_none() {
        return Ok(false);
    }
    if view.is_behind() && !view.sees_everyone() {
        return Err(Interrupted::Behind(view.head));
    }
    if !view.may_see(owner).await? {
        return Ok(false);
    }
    shown.unseen.map_or(Ok(shown.now), |position| Err(Interrupted::Behind(position)))
}
