//! Files, and who sees them.

use std::collections::HashMap;

use api_kit::Problem;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Seers, for_nobody};
use crate::asking::View;
use crate::files::{FileRow, whispered};

/// A file, and who sees it.
pub(super) struct SeenFile {
    /// Of one that is not there any more, its id.
    pub(super) data: Value,
    pub(super) owner: Uuid,
    /// Of one that is not there any more, who saw it.
    pub(super) users: Vec<Uuid>,
    /// With the place of each room where it came there last: members see it who see what was said there.
    pub(super) rooms: Vec<(Uuid, i64)>,
    there: bool,
}

impl SeenFile {
    /// Who sees it.
    pub(super) fn by(&self) -> Seers {
        if !self.there {
            return Seers::default();
        }
        let users = self.users.iter().copied().chain([self.owner]).collect();
        Seers { users, rooms: self.rooms.clone() }
    }
}

struct Row {
    id: Uuid,
    owner_id: Uuid,
    filename: Option<String>,
    sealed: bool,
    sha256: Option<String>,
    size: i64,
    r#type: String,
    width: Option<i64>,
    height: Option<i64>,
    forwarded_from: Option<Uuid>,
    uploaded_at: OffsetDateTime,
    version: i64,
    position: i64,
    there: bool,
    users: Vec<Uuid>,
    rooms: Vec<Uuid>,
}

/// These files, by id.
pub(super) async fn files(view: &mut View, ids: &[Uuid]) -> Result<HashMap<Uuid, SeenFile>, Problem> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query_as!(
        Row,
        r#"select f.id as "id!", f.owner_id as "owner_id!", f.filename, f.sealed as "sealed!", f.sha256, f.size as "size!",
            f.type as "type!", f.width, f.height, f.forwarded_from, f.uploaded_at as "uploaded_at!",
            f.version as "version!", f.position as "position!",
            (not f.deleted and (f.filename is not null or f.sealed)
                and not exists (select from keys.erased k where k.user_id in (f.owner_id, f.author_id))) as "there!",
            array(select p.grantee_id from read.file_permission p
                where p.file_id = f.id and not p.is_room and p.ways <> '{}') as "users!",
            array(select p.grantee_id from read.file_permission p
                where p.file_id = f.id and p.is_room and p.ways <> '{}') as "rooms!"
        from read.file f where f.id = any($1)"#,
        ids,
    )
    .fetch_all(view.connection())
    .await?;
    let sealed: Vec<i64> = rows.iter().filter(|row| row.sealed && row.there).map(|row| row.position).collect();
    let keyring = view.keyring.clone();
    let whispered = whispered(view.connection(), &keyring, &sealed).await?;
    let grants = grants(view, ids).await?;
    let mut files = HashMap::with_capacity(rows.len());
    for mut row in rows {
        let (id, owner) = (row.id, row.owner_id);
        let users = std::mem::take(&mut row.users);
        let rooms = row.rooms.iter().filter_map(|room| Some((*room, *grants.get(&(id, *room))?))).collect();
        let (sealed, position) = (row.sealed, row.position);
        let mut there = row.there;
        let mut file = row.file();
        if sealed && there {
            match whispered.get(&position) {
                Some(whispered) => whispered.tell(&mut file),
                None => there = false,
            }
        }
        let data = if there { for_nobody(file.shown())? } else { json!({"id": id}) };
        files.insert(id, SeenFile { data, owner, users, rooms, there });
    }
    Ok(files)
}

/// Where in the log these files came to rooms last, by file and room.
async fn grants(view: &mut View, ids: &[Uuid]) -> Result<HashMap<(Uuid, Uuid), i64>, Problem> {
    let rows = sqlx::query_as::<_, (Uuid, Uuid, i64)>(
        "select p.file_id, p.grantee_id, (select max(n) from unnest(p.positions) n) from read.file_permission p \
         where p.file_id = any($1) and p.is_room and p.ways <> '{}'",
    )
    .bind(ids)
    .fetch_all(view.connection())
    .await?;
    Ok(rows.into_iter().map(|(file, room, position)| ((file, room), position)).collect())
}

impl Row {
    fn file(self) -> FileRow {
        FileRow {
            id: self.id,
            owner_id: self.owner_id,
            filename: self.filename,
            sha256: self.sha256,
            size: self.size,
            r#type: self.r#type,
            width: self.width,
            height: self.height,
            forwarded_from: self.forwarded_from,
            uploaded_at: self.uploaded_at,
            version: self.version,
        }
    }
}
