//! Letting an auditor look at a whole instance as it was, which is served apart.

use api_kit::request::audit_reason;
use api_kit::{Problem, RequestContext, Token};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::id::UserId;
use domain::user::InstanceRole;

use super::access::record;
use super::what::What;
use crate::Queries;
use crate::asker::Asker;

/// The header that says whom an auditor looks as.
const VIEW_AS: &str = "view-as";

/// An auditor of today who was let in.
pub struct Admitted {
    /// As whom they look.
    pub viewer: UserId,
    /// Of their session of today.
    pub token: Token,
}

/// Puts on record that an auditor of today, who holds the request's token, looks at what was at `as_of`, and why; as whom they
/// look: `View-As`, or they themselves. To anybody else there is nothing here.
pub async fn admit(today: &Queries, parts: &mut Parts, as_of: i64) -> Result<Admitted, Problem> {
    let asker = Asker {
        token: Token::from_request_parts(parts, today).await?,
        viewer: None,
        // What the answer must have seen is of the past.
        min_position: 0,
        request: RequestContext::from_request_parts(parts, today).await?,
    };
    let view = today.signed_in(&asker).await?;
    if !view.caller.is_auditor {
        return Err(Problem::NotFound);
    }
    let auditor = view.caller.user;
    drop(view);
    let reason = audit_reason(&parts.headers)?;
    let mut given = parts.headers.get_all(VIEW_AS).iter();
    let viewer = match (given.next(), given.next()) {
        (Some(person), None) => person.to_str().ok().and_then(|id| id.parse().ok()).ok_or_else(no_person)?,
        (None, _) => auditor,
        (Some(_), Some(_)) => return Err(no_person()),
    };
    let What(what) = What::of(parts);
    record(today, &asker, &reason, &format!("as of {as_of}, as {viewer}: {what}")).await?;
    Ok(Admitted { viewer, token: asker.token })
}

/// Refuses whoever is no auditor of `today` any more, or whose session has ended: by the log itself.
pub async fn still_audits(today: &Queries, token: &Token) -> Result<(), Problem> {
    let roles = today.standing(token).await?.ok_or(Problem::NotSignedIn)?;
    if roles.contains(&InstanceRole::Auditor) { Ok(()) } else { Err(Problem::NotFound) }
}

fn no_person() -> Problem {
    Problem::InvalidHeader { name: "View-As", detail: "must be the id of one person" }
}
