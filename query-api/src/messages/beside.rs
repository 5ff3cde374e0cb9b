//! What stands beside messages: who has seen them, reactions, files. Asked once for all of a page, not for each of its
//! messages.

use std::collections::HashMap;

use api_kit::shape::{File, Reaction};
use domain::id::UserId;
use event_store::{KeyError, Keyring};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::files::{FileRow, whispered};

/// Most different emoji that are shown of a message: the viewer's own, and of the others those that most chose.
const MOST_EMOJI: usize = 50;

/// Readers of a message are counted up to here.
const MOST_READERS: usize = 100;

/// Who has read furthest in some rooms.
pub(super) struct Readers(HashMap<Uuid, Vec<(i64, Uuid)>>);

impl Readers {
    /// Of each room as many as are counted, and one more: the sender of a message is not counted.
    pub(super) async fn of(connection: &mut PgConnection, rooms: &[Uuid]) -> Result<Self, sqlx::Error> {
        let rows = sqlx::query!(
            r#"select r.room_id as "room_id!", r.user_id as "user_id!", r.position as "position!"
            from unnest($1::uuid[]) as room (id)
            cross join lateral (
                select n.room_id, n.user_id, n.position from read.reading n
                where n.room_id = room.id order by n.position desc limit $2
            ) r"#,
            rooms,
            i64::try_from(MOST_READERS).unwrap_or(i64::MAX) + 1,
        )
        .fetch_all(connection)
        .await?;
        let mut readers = HashMap::<_, Vec<_>>::new();
        for row in rows {
            readers.entry(row.room_id).or_default().push((row.position, row.user_id));
        }
        Ok(Self(readers))
    }

    /// How many others have read up to a message.
    pub(super) fn count(&self, room: Uuid, position: i64, sender: Uuid) -> i64 {
        let readers = self.0.get(&room).into_iter().flatten();
        let count = readers.filter(|(read, user)| *read >= position && *user != sender).count().min(MOST_READERS);
        i64::try_from(count).unwrap_or(i64::MAX)
    }
}

/// How people reacted to messages whose reactions stand in the read models, by message; without those of people who are
/// erased and not purged yet. Where the read models are behind, the keys are asked besides who was erased since: at the time of
/// their last event, or later. Of a message with as many emoji as are shown, the viewer's own are looked for besides.
pub(super) async fn reactions(
    connection: &mut PgConnection,
    messages: &[Uuid],
    viewer: UserId,
    is_behind: bool,
) -> Result<HashMap<Uuid, Vec<Reaction>>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with erased as materialized (
            select p.user_id from projection.purge p
            where p.done_at is null and p.room_id = '00000000-0000-0000-0000-000000000000'
            union
            select k.user_id from keys.erased k
            where $4 and k.destroyed_at >= (
                select c.recorded_at from projection.checkpoint c
                join read.checkpoint serving on serving.generation = c.generation)
        ), chosen as materialized (
            select c.message_id, c.emoji, c.count
            from unnest($1::uuid[]) as m (id)
            cross join lateral (
                select n.message_id, n.emoji, n.count from read.reaction_count n
                where n.message_id = m.id order by n.count desc, n.emoji limit $2
            ) c
        )
        select c.message_id as "message_id!", c.emoji as "emoji!", c.count - (
                select count(*) from erased k cross join lateral (
                    select from read.reaction t
                    where t.message_id = c.message_id and t.user_id = k.user_id and c.emoji = any(t.emoji) limit 1) t
            ) as "count!",
            coalesce(c.emoji = any(r.emoji), false) as "mine!"
        from (
            select n.message_id, n.emoji, n.count from chosen n
            union
            select n.message_id, n.emoji, n.count
            from (select n.message_id as id from chosen n group by n.message_id having count(*) = $2) m
            cross join lateral (
                select n.emoji from read.reaction n where n.message_id = m.id and n.user_id = $3 limit 1
            ) r
            cross join lateral (
                select n.message_id, n.emoji, n.count from read.reaction_count n
                where n.message_id = m.id and n.emoji = any(r.emoji) order by n.count desc, n.emoji limit $2
            ) n
        ) c
        left join lateral (
            select n.emoji from read.reaction n where n.message_id = c.message_id and n.user_id = $3 limit 1
        ) r on true
        order by "count!" desc, c.emoji"#,
        messages,
        i64::try_from(MOST_EMOJI).unwrap_or(i64::MAX),
        viewer.0,
        is_behind,
    )
    .fetch_all(connection)
    .await?;
    let mut reactions = HashMap::<_, Vec<_>>::new();
    // Who is erased may have been the only one.
    for row in rows.into_iter().filter(|row| row.count > 0) {
        let reaction = Reaction { emoji: row.emoji, count: row.count, mine: row.mine };
        reactions.entry(row.message_id).or_default().push(reaction);
    }
    reactions.values_mut().for_each(cut);
    Ok(reactions)
}

/// Leaves as many as are shown: those that fewest chose go first, but one's own last.
fn cut(reactions: &mut Vec<Reaction>) {
    while reactions.len() > MOST_EMOJI {
        let last = reactions.iter().rposition(|reaction| !reaction.mine);
        reactions.remove(last.unwrap_or(MOST_EMOJI));
    }
}

/// The files of messages that have some, by message: those that are there, and that the room may see. Where the read
/// models are behind, the log is asked whether a file was taken away since.
pub(super) async fn files(
    connection: &mut PgConnection,
    keyring: &Keyring,
    messages: &[Uuid],
    is_behind: bool,
) -> Result<HashMap<Uuid, Vec<File>>, KeyError> {
    if messages.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"select m.id as "message_id!", f.id as "id!", f.owner_id as "owner_id!", f.filename, f.sha256, f.size as "size!",
            f.type as "type!", f.width, f.height, f.forwarded_from, f.uploaded_at as "uploaded_at!", f.version as "version!",
            f.sealed as "sealed!", f.position as "position!"
        from read.message m
        cross join lateral unnest(m.files) with ordinality n (id, ordinality)
        join read.file f on f.id = n.id
        join read.file_permission p on p.file_id = f.id and p.grantee_id = m.room_id and p.ways <> '{}'
        where m.id = any($1) and not f.deleted and (f.filename is not null or f.sealed)
            and not exists (select from keys.erased k where k.user_id in (f.owner_id, f.author_id))
            and not exists (
                select from log.events e
                where $2 and e.aggregate_type = 'file' and e.aggregate_id = f.id::text and e.sequence > f.version
                    and (e.event_type = 'file_deleted'
                        or e.event_type = 'file_revoked' and e.payload->'from'->>'room' = m.room_id::text))
        order by m.id, n.ordinality"#,
        messages,
        is_behind,
    )
    .fetch_all(&mut *connection)
    .await?;
    let sealed: Vec<i64> = rows.iter().filter(|row| row.sealed).map(|row| row.position).collect();
    let whispered = whispered(connection, keyring, &sealed).await?;
    let mut files = HashMap::<_, Vec<_>>::new();
    for row in rows {
        let mut file = FileRow {
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
        if row.sealed {
            // Without its key it is gone.
            let Some(whispered) = whispered.get(&row.position) else { continue };
            whispered.tell(&mut file);
        }
        files.entry(row.message_id).or_default().push(file.shown());
    }
    Ok(files)
}
