//! Sessions: `migrations/read/session.sql`.

use domain::session::SessionEvent;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::{Event, Fact};
use crate::projection::{Poison, Projection};
use crate::rows::{Rows, row};

row! {
    /// A sign-in.
    struct Session in "session" by [id] {
        id: Uuid,
        user_id: Uuid,
        secret_sha256: String,
        generation: i64,
        ip: Option<String>,
        user_agent: Option<String>,
        created_at: OffsetDateTime,
        expires_at: OffsetDateTime,
        ended: bool,
        version: i64,
    }
}

pub(crate) struct Sessions;

impl Projection for Sessions {
    const NAME: &'static str = "sessions";
    const VERSION: i32 = 2;
    const DDL: &'static str = include_str!("../../migrations/read/session.sql");

    fn want(rows: &mut Rows, event: &Event) {
        if let Fact::Session(id, _) = event.fact
            && event.sequence > 1
        {
            rows.sessions.want([id]);
        }
    }

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let Fact::Session(id, fact) = &event.fact else { return Ok(()) };
        match fact {
            SessionEvent::SessionStarted { user_id, secret_sha256, generation, ip, user_agent, expires_at } => {
                rows.sessions.make(Session {
                    id: *id,
                    user_id: user_id.0,
                    secret_sha256: secret_sha256.clone(),
                    generation: i64::from(*generation),
                    ip: ip.get().cloned(),
                    user_agent: user_agent.get().cloned(),
                    created_at: event.at,
                    expires_at: *expires_at,
                    ended: false,
                    version: event.sequence,
                })?;
            }
            SessionEvent::SessionEnded => {
                let session = rows.sessions.change([*id]).ok_or(Poison::NothingToChange)?;
                session.ended = true;
                (session.ip, session.user_agent) = (None, None);
                session.version = event.sequence;
            }
        }
        Ok(())
    }
}
