//! Rows as a projector makes them.

use api_kit::Token;
use domain::permission::Permission;
use domain::room::{RoomType, Visibility};
use serde_json::Value;
use time::Duration;
use uuid::Uuid;

use crate::world::World;

impl World {
    /// A statement about one thing.
    pub(crate) async fn sql(&self, statement: &str, id: Uuid) {
        sqlx::query(statement).bind(id).execute(&self.pool).await.unwrap();
    }

    pub(crate) async fn account_row(&self, id: Uuid, name: &str) {
        sqlx::query(
            "insert into read.account \
             (id, email, email_verified, display_name, folded, email_folded, password_set, generation, roles, suspended, \
             created_at, erased, version) \
             values ($1, $2 || '@example.org', false, $2, $2, $2 || '@example.org', true, 0, '{}', false, $3, false, 1)",
        )
        .bind(id)
        .bind(name)
        .bind(self.context.now())
        .execute(&self.pool)
        .await
        .unwrap();
    }

    pub(crate) async fn session_row(&self, user: Uuid, token: &Token) {
        let now = self.context.now();
        sqlx::query(
            "insert into read.session \
             (id, user_id, secret_sha256, generation, ip, user_agent, created_at, expires_at, ended, version) \
             values ($1, $2, $3, 0, '192.0.2.1', 'curl/8', $4, $5, false, 1)",
        )
        .bind(token.session)
        .bind(user)
        .bind(token.secret_sha256())
        .bind(now)
        .bind(now + Duration::HOUR)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    pub(crate) async fn room_row(
        &self,
        id: Uuid,
        room_type: RoomType,
        visibility: Visibility,
        permissions: &[Permission],
        owner: Uuid,
        position: i64,
    ) {
        let names: Vec<&str> = permissions.iter().map(|permission| permission.name()).collect();
        let text = |value: Value| value.as_str().unwrap().to_owned();
        sqlx::query(
            "insert into read.room (id, type, visibility, name, permissions, roles, created_by, owner, member_ids, created_at, \
             archived, version) values ($1, $2, $3, 'room ' || replace($1::text, '-', ''), $4, '[]', $5, $5, '{}', $6, false, 1)",
        )
        .bind(id)
        .bind(text(serde_json::to_value(room_type).unwrap()))
        .bind(text(serde_json::to_value(visibility).unwrap()))
        .bind(names)
        .bind(owner)
        .bind(self.context.now())
        .execute(&self.pool)
        .await
        .unwrap();
        sqlx::query(
            "insert into read.room_activity (room_id, member_count, message_count, last_position) \
             values ($1, 0, 0, $2)",
        )
        .bind(id)
        .bind(position)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    /// As the log's last event of the membership says.
    pub(crate) async fn membership_row(&self, room: Uuid, user: Uuid, present: bool) {
        sqlx::query(
            "insert into read.membership as m (room_id, user_id, present, roles, joined_at, joined_position, version) \
             select $1, $2, $3, '{}', e.recorded_at, e.position, e.sequence from log.events e \
             where e.aggregate_type = 'membership' and e.aggregate_id = $1::text || ':' || $2::text \
             order by e.sequence desc limit 1 \
             on conflict (room_id, user_id) do update set present = excluded.present, version = excluded.version, \
                 joined_position = case when excluded.present then excluded.joined_position else m.joined_position end",
        )
        .bind(room)
        .bind(user)
        .bind(present)
        .execute(&self.pool)
        .await
        .unwrap();
        self.sql(
            "update read.room r set member_ids = (select array_agg(m.user_id order by m.user_id) from read.membership m \
             where m.room_id = r.id) where id = $1 and type <> 'group'",
            room,
        )
        .await;
        let change = if present { 1 } else { -1 };
        sqlx::query("update read.room_activity set member_count = member_count + $2 where room_id = $1")
            .bind(room)
            .bind(i64::from(change))
            .execute(&self.pool)
            .await
            .unwrap();
    }

    pub(crate) async fn message_row(&self, id: Uuid, room: Uuid, sender: Uuid, position: i64, text: &str) {
        sqlx::query(
            "with sender as ( \
                 insert into read.sender as s values ($2, $3, 1) on conflict (room_id, user_id) \
                 do update set message_count = s.message_count + 1 returning message_count), \
             activity as ( \
                 update read.room_activity set message_count = message_count + 1, last_position = $4, last_message_id = $1 \
                 where room_id = $2 returning message_count) \
             insert into read.message (id, room_id, sender_id, author_id, type, position, ordinal, sender_ordinal, status, text, \
                 sealed, erased, pinned, sent_at, worded_version, worded_position, version, told) \
             select $1, $2, $3, $3, 'message', $4, activity.message_count, sender.message_count, 'sent', \
                 case when not secret then $5 end, secret, false, false, now(), 1, $4, 1, false \
             from activity, sender, (select type = 'secret' as secret from read.room where id = $2) room",
        )
        .bind(id)
        .bind(room)
        .bind(sender)
        .bind(position)
        .bind(text)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    /// The wording of a message is replaced.
    pub(crate) async fn wording_row(&self, message: Uuid, position: i64, text: &str) {
        sqlx::query(
            "with before as (insert into read.message_version (message_id, author_id, version, text, at, position) \
                 select id, author_id, worded_version, text, coalesce(edited_at, sent_at), worded_position from read.message \
                 where id = $1) \
             update read.message set status = 'edited', text = $3, edited_at = now(), worded_version = version + 1, \
                 worded_position = $2, version = version + 1 where id = $1",
        )
        .bind(message)
        .bind(position)
        .bind(text)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    pub(crate) async fn reading_row(&self, room: Uuid, user: Uuid, position: i64) {
        sqlx::query(
            "insert into read.reading (room_id, user_id, position, version) values ($1, $2, $3, 1) \
             on conflict (room_id, user_id) do update set position = excluded.position",
        )
        .bind(room)
        .bind(user)
        .bind(position)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    /// An invite that nobody used.
    pub(crate) async fn invite_row(&self, id: Uuid, room: Uuid, maker: Uuid, position: i64) {
        sqlx::query(
            "insert into read.invite (id, room_id, created_by, created_at, position, uses, revoked, version) \
             values ($1, $2, $3, now(), $4, 0, false, 1)",
        )
        .bind(id)
        .bind(room)
        .bind(maker)
        .bind(position)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    /// A file of five bytes, as the log's last event of it says.
    pub(crate) async fn file_row(&self, id: Uuid, owner: Uuid, name: &str, position: i64) {
        sqlx::query(
            "insert into read.file \
             (id, owner_id, author_id, filename, sealed, size, type, uploaded_at, deleted, position, version) \
             select $1, $2, $2, $3, false, 5, 'text/plain', now(), false, $4, max(e.sequence) from log.events e \
             where e.aggregate_type = 'file' and e.aggregate_id = $1::text",
        )
        .bind(id)
        .bind(owner)
        .bind(name)
        .bind(position)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    /// A room was granted a file by its owner.
    pub(crate) async fn file_permission_row(&self, file: Uuid, room: Uuid, position: i64) {
        sqlx::query(
            "insert into read.file_permission (file_id, grantee_id, is_room, ways, positions, granted_at) \
             values ($1, $2, true, array['00000000-0000-0000-0000-000000000000'::uuid], array[$3], now())",
        )
        .bind(file)
        .bind(room)
        .bind(position)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    /// Somebody has reacted.
    pub(crate) async fn reaction_row(&self, message: Uuid, user: Uuid, emoji: &str) {
        sqlx::query(
            "with one as (insert into read.reaction as r (message_id, user_id, emoji, version) values ($1, $2, array[$3], 1) \
                 on conflict (message_id, user_id) do update set emoji = r.emoji || $3) \
             insert into read.reaction_count as c (message_id, emoji, count) values ($1, $3, 1) \
                 on conflict (message_id, emoji) do update set count = c.count + 1",
        )
        .bind(message)
        .bind(user)
        .bind(emoji)
        .execute(&self.pool)
        .await
        .unwrap();
    }

    /// Somebody is erased, and what they wrote and chose stands in the rows as yet.
    pub(crate) async fn is_to_be_purged(&self, user: Uuid) {
        let noted = "insert into projection.purge (generation, user_id, position) \
             select generation, $1, 1 from projection.generation where state = 'serving'";
        sqlx::query(noted).bind(user).execute(&self.pool).await.unwrap();
    }

    /// The index of events holds everything that the log holds.
    pub(crate) async fn index_events(&self) {
        sqlx::raw_sql(
            "insert into read.indexed_event (position, event_type, room_id, actor_id) \
             select position, event_type, (metadata->>'room_id')::uuid, (metadata->>'actor_id')::uuid \
             from log.events on conflict do nothing",
        )
        .execute(&self.pool)
        .await
        .unwrap();
    }
}
