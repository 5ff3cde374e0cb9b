//! What calls need of streams: signals are passed on, and it is noted who is connected.

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::Delivery;
use super::work::Work;

/// A signal, as it is sent.
#[derive(Serialize)]
struct Frame<'a> {
    r#type: &'static str,
    data: &'a RawValue,
}

impl Work {
    /// Tells somebody what another one in a call has them told.
    pub(super) fn signal(&self, user: Uuid, signal: &RawValue) {
        if let Ok(text) = serde_json::to_string(&Frame { r#type: "signal", data: signal }) {
            self.deliver(user, &Delivery::Passing(text.into()));
        }
    }

    /// Notes which of these people, who are connected or were until now, are in a call. What is not noted now is the next time.
    pub(super) async fn note_seen(&self, users: &[Uuid]) {
        if users.is_empty() {
            return;
        }
        let noted = sqlx::query!(
            "insert into observed.socket as known (user_id, seen_at)
             select distinct p.user_id, $2::timestamptz from read.call c join read.call_participant p on p.call_id = c.id
             where c.ended_at is null and p.left_at is null and p.user_id = any($1)
             on conflict (user_id) do update set seen_at = excluded.seen_at where known.seen_at < excluded.seen_at",
            users,
            self.queries.context.now(),
        );
        if let Err(error) = noted.execute(&self.queries.pool).await {
            tracing::warn!(%error, "it is not noted who is connected");
        }
    }
}
