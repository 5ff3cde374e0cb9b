//! What authorises a query: rows of the read models, each of them fresh.
//!
//! A row is fresh if its version is the last sequence of its stream in the log, both seen in one snapshot. A row that is
//! missing although its stream exists is not.

use api_kit::Problem;
use api_kit::shape::Role;
use domain::id::{RoomId, SessionId, UserId};
use domain::session::Session;
use domain::user::{InstanceRole, User};
use sqlx::PgConnection;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::asking::Who;
use crate::place::{Place, RoomRow, named};

/// What one statement tells of the caller, and of where they ask about.
pub(crate) struct Authority {
    pub(crate) position: i64,
    pub(crate) head: i64,
    session_user: Option<Uuid>,
    secret_sha256: Option<String>,
    session_generation: Option<i64>,
    expires_at: Option<OffsetDateTime>,
    ended: Option<bool>,
    user_id: Option<Uuid>,
    generation: Option<i64>,
    kept_session: Option<Uuid>,
    erased: Option<bool>,
    instance_roles: Option<Vec<String>>,
    suspended: Option<bool>,
    unseen_of_caller: Option<i64>,
    room_type: Option<String>,
    visibility: Option<String>,
    permissions: Option<Vec<String>>,
    roles: Option<Json<Vec<Role>>>,
    owner: Option<Uuid>,
    archived: Option<bool>,
    closed: Option<bool>,
    present: Option<bool>,
    member_roles: Option<Vec<Uuid>>,
    joined_position: Option<i64>,
    unseen_of_room: Option<i64>,
}

/// Who asks, as far as queries differ by it.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) user: UserId,
    pub(crate) session: Option<SessionId>,
    /// The credential generation of the account, and the session that lives on from older ones.
    pub(crate) generation: i64,
    pub(crate) kept_session: Option<Uuid>,
    /// When the session ends by itself.
    pub(crate) expires_at: Option<OffsetDateTime>,
    pub(crate) is_auditor: bool,
    pub(crate) is_admin: bool,
}

impl Caller {
    /// Who is nobody: nothing is theirs.
    pub(crate) fn nobody() -> Self {
        Self {
            user: UserId(Uuid::nil()),
            session: None,
            generation: 0,
            kept_session: None,
            expires_at: None,
            is_auditor: false,
            is_admin: false,
        }
    }
}

/// What comes of looking at an [`Authority`].
pub(crate) enum Judgement {
    /// They may ask.
    Caller(Caller),
    /// Not to be said before the read models have seen this position.
    Behind(i64),
}

impl Authority {
    /// Session, account, membership and room, with the positions of the events that made the stale ones so.
    ///
    /// `read.checkpoint` stands first in every transaction: a switch of generations locks it first too, so that they
    /// never wait for each other. Of a private room, a stranger's answer does not depend on whether its row is fresh,
    /// and so takes no longer for a room that is there.
    pub(crate) async fn read(connection: &mut PgConnection, who: &Who, room: Option<RoomId>) -> Result<Self, Problem> {
        let (session, viewer) = match who {
            Who::Token(token, _) => (Some(token.session), None),
            Who::Viewer(viewer) => (None, Some(viewer.0)),
        };
        let found = sqlx::query_as!(
            Self,
            r#"select c.position as "position!", h.position as "head!",
                s.user_id as "session_user?", s.secret_sha256 as "secret_sha256?", s.generation as "session_generation?",
                s.expires_at as "expires_at?", s.ended as "ended?",
                a.id as "user_id?", a.generation as "generation?", a.kept_session as "kept_session?",
                a.erased as "erased?", a.roles as "instance_roles?", a.suspended as "suspended?",
                greatest(
                    case when coalesce(s.version, 0) <> coalesce(sl.sequence, 0) then coalesce(sl.position, h.position) end,
                    case when coalesce(a.version, 0) <> coalesce(al.sequence, 0) then coalesce(al.position, h.position) end
                ) as "unseen_of_caller?",
                r.type as "room_type?", r.visibility as "visibility?", r.permissions as "permissions?",
                r.roles as "roles?: Json<Vec<Role>>", r.owner as "owner?", r.archived as "archived?",
                r.closed as "closed?",
                m.present as "present?", m.roles as "member_roles?", m.joined_position as "joined_position?",
                greatest(
                    case when coalesce(m.version, 0) <> coalesce(ml.sequence, 0) then coalesce(ml.position, h.position) end,
                    case when coalesce(r.version, 0) <> coalesce(rl.sequence, 0)
                        and (m.version is not null or ml.sequence is not null or r.visibility = 'public')
                        then coalesce(rl.position, h.position) end
                ) as "unseen_of_room?"
            from read.checkpoint c
            cross join log.head h
            left join read.session s on s.id = $1
            left join read.account a on a.id = coalesce(s.user_id, $2)
            left join read.room r on r.id = $3
            left join read.membership m on m.room_id = $3 and m.user_id = coalesce(s.user_id, $2)
            left join lateral (
                select e.sequence, e.position from log.events e
                where e.aggregate_type = 'session' and e.aggregate_id = $1::uuid::text
                order by e.sequence desc limit 1) sl on true
            left join lateral (
                select e.sequence, e.position from log.events e
                where e.aggregate_type = 'user' and e.aggregate_id = coalesce(s.user_id, $2)::text
                order by e.sequence desc limit 1) al on true
            left join lateral (
                select e.sequence, e.position from log.events e
                where e.aggregate_type = 'room' and e.aggregate_id = $3::uuid::text
                order by e.sequence desc limit 1) rl on true
            left join lateral (
                select e.sequence, e.position from log.events e
                where e.aggregate_type = 'membership'
                    and e.aggregate_id = $3::uuid::text || ':' || coalesce(s.user_id, $2)::text
                order by e.sequence desc limit 1) ml on true"#,
            session,
            viewer,
            room.map(|room| room.0),
        )
        .fetch_optional(connection)
        .await?;
        // Before the first generation serves there is no row.
        found.ok_or(Problem::ReadModelBehind)
    }

    /// Whether the caller's own rows are stale.
    pub(crate) fn is_doubtful(&self) -> bool {
        self.unseen_of_caller.is_some()
    }

    /// Who asks; or that they are not signed in, or ask for what will never be or is not yet known.
    pub(crate) fn judge(&self, who: &Who, min_position: i64, now: OffsetDateTime) -> Result<Judgement, Problem> {
        if let (Who::Token(token, _), Some(secret_sha256)) = (who, &self.secret_sha256)
            && !token.matches(secret_sha256)
        {
            return Err(Problem::NotSignedIn);
        }
        if let Some(position) = self.unseen_of_caller {
            return Ok(Judgement::Behind(position));
        }
        let caller = self.caller(who, now)?.ok_or(Problem::NotSignedIn)?;
        if min_position > self.head {
            return Err(Problem::PositionUnknown);
        }
        if min_position > self.position {
            return Ok(Judgement::Behind(min_position));
        }
        Ok(self.unseen_of_room.map_or(Judgement::Caller(caller), Judgement::Behind))
    }

    /// Who the rows say it is: the domain's own rule.
    fn caller(&self, who: &Who, now: OffsetDateTime) -> Result<Option<Caller>, Problem> {
        let (Some(user_id), Some(generation)) = (self.user_id, self.generation) else { return Ok(None) };
        let roles = self.instance_roles.iter().flatten().map(|role| named(role)).collect::<Result<_, _>>()?;
        let user = User {
            exists: self.erased == Some(false),
            generation: whole(generation)?,
            kept_session: self.kept_session.map(SessionId),
            roles,
            suspended: self.suspended != Some(false),
            ..User::default()
        };
        if user.suspended || !user.exists {
            return Ok(None);
        }
        let caller = Caller {
            user: UserId(user_id),
            session: None,
            generation,
            kept_session: self.kept_session,
            expires_at: self.expires_at,
            is_auditor: user.roles.contains(&InstanceRole::Auditor),
            is_admin: user.administers().is_ok(),
        };
        let Who::Token(token, _) = who else { return Ok(Some(caller)) };
        let (Some(secret_sha256), Some(session_generation)) = (&self.secret_sha256, self.session_generation) else {
            return Ok(None);
        };
        let id = SessionId(token.session);
        let session = Session {
            user_id: self.session_user.map(UserId),
            secret_sha256: secret_sha256.clone(),
            generation: whole(session_generation)?,
            expires_at: self.expires_at,
            ended: self.ended != Some(false),
        };
        let accepted = session.is_open(now) && user.accepts(id, &session);
        Ok(accepted.then_some(Caller { session: Some(id), ..caller }))
    }

    /// Where `user` stands in the room.
    pub(crate) fn place(self, user: UserId) -> Result<Place, Problem> {
        let room = self.room_type.map(|room_type| RoomRow {
            room_type,
            visibility: self.visibility.unwrap_or_default(),
            permissions: self.permissions.unwrap_or_default(),
            roles: self.roles.map(|Json(roles)| roles).unwrap_or_default(),
            owner: self.owner,
            archived: self.archived.unwrap_or_default(),
            closed: self.closed.unwrap_or_default(),
        });
        Place::of(
            user,
            room.as_ref(),
            self.present == Some(true),
            self.member_roles.as_deref().unwrap_or_default(),
            self.joined_position.unwrap_or_default(),
        )
    }
}

fn whole(generation: i64) -> Result<u32, Problem> {
    u32::try_from(generation).map_err(Problem::internal)
}
