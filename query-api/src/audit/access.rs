//! An access to the record, itself put on record before anything is shown.

use api_kit::Problem;
use api_kit::request::audit_reason;
use axum::http::HeaderMap;
use domain::audit::{Audit, AuditCommand};
use domain::refusal::Refusal;
use domain::user::InstanceRole;
use event_store::{Request, StoreError};

use crate::Queries;
use crate::asker::Asker;
use crate::proof::holder;

/// Why an access was not put on record.
enum NotRecorded {
    /// They are no auditor, or not any more.
    NoAuditor,
    Refused(Refusal),
    Store(StoreError),
}

/// Why an auditor asks, as their header says. To anybody else there is nothing here.
pub(crate) async fn audited(queries: &Queries, asker: &Asker, headers: &HeaderMap) -> Result<String, Problem> {
    let view = queries.signed_in(asker).await?;
    if view.caller.is_auditor { audit_reason(headers) } else { Err(Problem::NotFound) }
}

/// Puts on record that the caller looks at `what`, and why; where the record of it stands.
///
/// Decided from the log, and guarded by it: nobody whose role or session ended before is on record as having looked. The
/// record of the past takes nothing more: where that is served, [`Problem::ReadOnly`].
pub(crate) async fn record(queries: &Queries, asker: &Asker, reason: &str, what: &str) -> Result<i64, Problem> {
    if asker.viewer.is_some() {
        return Err(Problem::ReadOnly);
    }
    let request = Request {
        command_id: queries.context.new_id(),
        correlation_id: asker.request.correlation_id,
        causation_id: None,
        actor_id: None,
        session_id: None,
        occurred_at: queries.context.now(),
        traceparent: Some(asker.request.traceparent()),
        receipts: vec![],
        looks: false,
    };
    let now = queries.context.now();
    let done = queries.store.execute(&request, |unit| async move {
        let (auditor, account) = holder(&unit, &asker.token, now).await?.ok_or(NotRecorded::NoAuditor)?;
        if !account.roles.contains(&InstanceRole::Auditor) {
            return Err(NotRecorded::NoAuditor);
        }
        unit.actor(auditor.0, asker.token.session);
        let access = AuditCommand::Access { auditor, reason: reason.to_owned(), what: what.to_owned() };
        // Nothing is decided from earlier accesses.
        let events = Audit::default().decide(access).map_err(NotRecorded::Refused)?;
        unit.append_blindly::<Audit>(&auditor.to_string(), events, None).await?;
        Ok(())
    });
    Ok(done.await?.position)
}

impl From<StoreError> for NotRecorded {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NotRecorded> for Problem {
    fn from(not: NotRecorded) -> Self {
        match not {
            NotRecorded::NoAuditor => Self::NotFound,
            NotRecorded::Refused(Refusal::Invalid { .. }) => {
                Self::InvalidHeader { name: "Audit-Reason", detail: "must be 1 to 1000 characters" }
            }
            NotRecorded::Refused(_) => Self::AuditReasonRequired,
            NotRecorded::Store(error) => error.into(),
        }
    }
}
