//! Letting an auditor look at a whole instance as it was, which is served apart.

use api_kit::request::audit_reason;
use api_kit::{Problem, RequestContext, Token};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::access::record;
use crate::Queries;
use crate::asker::{Asker, Viewer};

/// The header that says whom an auditor looks as.
const VIEW_AS: &str = "view-as";

/// Puts on record that an auditor of today, who holds the request's token, looks at what was at `as_of`, and why; as whom they
/// look: `View-As`, or they themselves. To anybody else there is nothing here.
pub async fn admit(today: &Queries, parts: &mut Parts, as_of: i64) -> Result<Viewer, Problem> {
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
    let reason = audit_reason(&parts.headers)?.to_owned();
    let viewer = match parts.headers.get(VIEW_AS) {
        Some(given) => given.to_str().ok().and_then(|id| id.parse().ok()).ok_or_else(no_person)?,
        None => auditor,
    };
    let what = parts.uri.path_and_query().map_or("", |path| path.as_str());
    record(today, &asker, &reason, &format!("as of {as_of}, as {viewer}: {what}")).await?;
    Ok(Viewer(viewer))
}

fn no_person() -> Problem {
    Problem::InvalidHeader { name: "View-As", detail: "must be the id of a person" }
}
