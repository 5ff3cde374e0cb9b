//! An operator's access to the record, put on record first.

use api_kit::Context;
use domain::audit::{Audit, AuditCommand};
use domain::id::UserId;
use domain::refusal::Refusal;
use event_store::{ExecuteError, Request, Store, StoreError};
use query_api::audit;
use serde_json::{Map, Value};
use uuid::Uuid;

/// The operator has no account: their accesses stand in a stream of their own, and no event of it names an actor.
const OPERATOR: UserId = UserId(Uuid::nil());

/// Why an access was not put on record.
#[derive(Debug, thiserror::Error)]
pub enum NotRecorded {
    /// The reason is none.
    #[error("--reason: {0}")]
    Refused(Refusal),
    /// The log cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log does not take it.
    #[error(transparent)]
    NotTaken(Box<ExecuteError<NotRecorded>>),
}

/// What was asked for by name, as it is put on record: in the one form of all looks, without what may be anybody's
/// words.
pub(crate) fn on_record(asked: &Value) -> Value {
    let value = |name: &str, value: &Value| {
        value.as_str().map_or_else(|| value.clone(), |text| audit::on_record(name, text).into())
    };
    asked
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, asked)| (name.clone(), value(name, asked)))
        .collect::<Map<_, _>>()
        .into()
}

/// Puts on record that the operator looks at `what`, and why; where the record of it stands.
pub(crate) async fn record(store: &Store, context: &Context, reason: &str, what: &str) -> Result<i64, NotRecorded> {
    let request = Request::unasked(context.new_id(), context.now());
    let done = store.execute(&request, |unit| async move {
        let access = AuditCommand::Access { auditor: OPERATOR, reason: reason.to_owned(), what: what.to_owned() };
        let events = Audit::default().decide(access).map_err(NotRecorded::Refused)?;
        unit.append_blindly::<Audit>(&OPERATOR.to_string(), events, None).await?;
        Ok::<_, NotRecorded>(())
    });
    match done.await {
        Ok(done) => Ok(done.position),
        Err(ExecuteError::Refused(refusal)) => Err(refusal),
        Err(error) => Err(NotRecorded::NotTaken(Box::new(error))),
    }
}
