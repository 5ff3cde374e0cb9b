//! Ends calls that nobody answers, and has who is gone leave them: `docs/adr/0019-calls.md`.
//!
//! The read models tell which calls go on, the table `observed.socket` who was seen when. Both may be late: what is then
//! decided is decided from the log, and only if the call is as it was seen.

use std::convert::Infallible;

use domain::call::{CALL_CLAIM, Call, CallCommand, CallEvent, Departure};
use domain::id::{CallId, RoomId, UserId, derived};
use domain::membership::Membership;
use domain::room::Room;
use event_store::{Request, Store, Unit};
use sqlx::{FromRow, PgPool};
use time::{Duration, OffsetDateTime};
use tokio::time::sleep;
use uuid::Uuid;

use crate::ReactError;
use crate::skipped::Skipped;

/// Pause between two rounds.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(500);

/// How long a call rings.
const RINGS: Duration = Duration::minutes(1);

/// Who was not seen on a socket for so long has left.
const GONE_AFTER: Duration = Duration::seconds(30);

/// Calls that are looked at in a round, and people in them.
const MOST: i64 = 10_000;

/// Looks after the calls that go on.
#[derive(Clone)]
pub struct Attendant {
    store: Store,
    /// May read the log, the read models, and what is observed.
    pool: PgPool,
}

/// Somebody in a call that goes on.
#[derive(FromRow)]
struct Seen {
    id: Uuid,
    room_id: Uuid,
    version: i64,
    rings_since: Option<OffsetDateTime>,
    /// Whether the room takes no calls any more.
    is_shut: bool,
    user_id: Option<Uuid>,
    is_member: bool,
    /// On a socket, or when they came in.
    last_at: Option<OffsetDateTime>,
}

impl Attendant {
    /// Over a pool whose role may read schemas `log`, `keys`, `read` and `observed`.
    pub fn new(store: Store, pool: PgPool) -> Self {
        Self { store, pool }
    }

    /// Looks after calls, round by round, until it is dropped. `now` tells the time.
    ///
    /// Nobody is gone before this has run for as long as that takes: after a stop of everything sockets need a while to come
    /// back.
    pub async fn run(&self, now: impl Fn() -> OffsetDateTime) -> Infallible {
        let (since, mut skipped) = (now(), Skipped::new("calls"));
        loop {
            if let Err(error) = self.round(&mut skipped, since, now()).await {
                tracing::warn!(error = &error as &dyn std::error::Error, "calls are not looked after: trying again");
            }
            sleep(PAUSE).await;
        }
    }

    async fn round(&self, skipped: &mut Skipped, since: OffsetDateTime, now: OffsetDateTime) -> Result<(), ReactError> {
        skipped.begin();
        let watched_long_enough = now - since >= GONE_AFTER;
        for seen in self.seen().await? {
            let is_gone = seen.last_at.is_some_and(|at| now - at >= GONE_AFTER) && watched_long_enough;
            let rang_out = seen.rings_since.is_some_and(|since| now - since >= RINGS);
            let call = CallId(seen.id);
            let command = match (seen.is_shut, seen.user_id) {
                (true, _) => CallCommand::Close,
                (false, Some(user)) if !seen.is_member => {
                    CallCommand::Lose { user: UserId(user), why: Departure::Removed }
                }
                (false, Some(user)) if is_gone => CallCommand::Lose { user: UserId(user), why: Departure::Gone },
                (false, _) if rang_out => CallCommand::RingOut,
                (false, _) => continue,
            };
            let done = self.decide(call, RoomId(seen.room_id), seen.version, command, now).await;
            skipped.unless(format_args!("call {call}"), done)?;
        }
        skipped.end();
        Ok(())
    }

    async fn seen(&self) -> Result<Vec<Seen>, sqlx::Error> {
        sqlx::query_as(
            "select c.id, c.room_id, c.version, \
                 case when c.answered_at is null then c.started_at end as rings_since, \
                 coalesce(r.archived or r.closed, true) as is_shut, \
                 p.user_id, \
                 coalesce(m.present and not exists (select from keys.erased k where k.user_id = p.user_id), false) \
                     as is_member, \
                 greatest(p.rejoined_at, s.seen_at) as last_at \
             from (select * from read.call where ended_at is null order by position limit $1) c \
             left join read.call_participant p on p.call_id = c.id and p.left_at is null \
             left join read.room r on r.id = c.room_id \
             left join read.membership m on m.room_id = c.room_id and m.user_id = p.user_id \
             left join observed.socket s on s.user_id = p.user_id \
             order by c.position, p.rejoined_at, p.user_id limit $1",
        )
        .bind(MOST)
        .fetch_all(&self.pool)
        .await
    }

    /// Decides, if the call is as it was seen: of several who are gone, the next is found in the next round.
    async fn decide(
        &self,
        id: CallId,
        room: RoomId,
        version: i64,
        command: CallCommand,
        now: OffsetDateTime,
    ) -> Result<(), ReactError> {
        let request = Request {
            causation_id: self.cause(room, &command).await?,
            ..Request::unasked(derived("call", &format!("{id}:{version}")), now)
        };
        let command = &command;
        let done = self.store.execute(&request, |unit| async move {
            let call = unit.load::<Call>(&id.to_string()).await?;
            if call.sequence != version || !holds(&unit, room, command).await? {
                return Ok::<_, ReactError>(());
            }
            let events = call.decide(command.clone())?;
            if events.iter().any(|event| matches!(event, CallEvent::CallEnded { .. })) {
                unit.release(CALL_CLAIM, room.0.as_bytes().to_vec(), id.to_string());
            }
            unit.append::<Call>(&id.to_string(), events, Some(room.0));
            Ok(())
        });
        done.await?;
        Ok(())
    }

    /// The event that a command reacts to; none where time alone has passed.
    async fn cause(&self, room: RoomId, command: &CallCommand) -> Result<Option<Uuid>, sqlx::Error> {
        match command {
            CallCommand::Lose { user, why: Departure::Removed } => {
                let left = ["membership_left", "membership_removed"];
                match self.last_of("user", &user.to_string(), &["user_erased"]).await? {
                    Some(erased) => Ok(Some(erased)),
                    None => self.last_of("membership", &Membership::stream(room, *user), &left).await,
                }
            }
            CallCommand::Close => self.last_of("room", &room.to_string(), &["room_archived", "room_closed"]).await,
            CallCommand::Lose { .. }
            | CallCommand::RingOut
            | CallCommand::Start { .. }
            | CallCommand::Join { .. }
            | CallCommand::Leave { .. }
            | CallCommand::End { .. } => Ok(None),
        }
    }

    /// The last event of some types in a stream, which is short.
    async fn last_of(&self, kind: &str, id: &str, types: &[&str]) -> Result<Option<Uuid>, sqlx::Error> {
        sqlx::query_scalar(
            "select event_id from log.events \
             where aggregate_type = $1 and aggregate_id = $2 and event_type = any($3) order by sequence desc limit 1",
        )
        .bind(kind)
        .bind(id)
        .bind(types)
        .fetch_optional(&self.pool)
        .await
    }
}

/// Whether what a command rests on is so in the log as well.
async fn holds(unit: &Unit, room: RoomId, command: &CallCommand) -> Result<bool, ReactError> {
    Ok(match command {
        CallCommand::Lose { user, why: Departure::Removed } => {
            let account = unit.load::<domain::user::User>(&user.to_string()).await?;
            let membership = unit.load::<Membership>(&Membership::stream(room, *user)).await?;
            !membership.present || account.erased
        }
        CallCommand::Close => {
            let room = unit.load::<Room>(&room.to_string()).await?;
            !room.is_there() || room.archived
        }
        CallCommand::Lose { .. }
        | CallCommand::RingOut
        | CallCommand::Start { .. }
        | CallCommand::Join { .. }
        | CallCommand::Leave { .. }
        | CallCommand::End { .. } => true,
    })
}
