//! What auditors get: the log, after their looking at it is on record.

mod access;
mod forms;
mod opened;
mod wanted;

use serde_json::Value;

use crate::answer::Answer;
use crate::world::{Person, World};

impl World {
    /// Asks for events, with a reason.
    pub(crate) async fn audits(&self, auditor: &Person, query: &str) -> Answer {
        self.get_with(auditor, &format!("/v1/audit/events{query}"), &[("audit-reason", "case 17")]).await
    }

    /// The same in another form.
    async fn audits_as(&self, auditor: &Person, query: &str, accept: &str) -> Answer {
        let headers = [("audit-reason", "case 17"), ("accept", accept)];
        self.get_with(auditor, &format!("/v1/audit/events{query}"), &headers).await
    }

    /// Positions of all events for which a condition on `log.events` holds.
    async fn positions(&self, condition: &str) -> Vec<Value> {
        let sql = format!("select position from log.events where {condition} order by position");
        let positions: Vec<i64> = sqlx::query_scalar(&sql).fetch_all(&self.pool).await.unwrap();
        positions.into_iter().map(Value::from).collect()
    }
}
