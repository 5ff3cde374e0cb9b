//! Why an auditor asks, as a header says it.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue};

use crate::Problem;

/// The header in which an auditor says why.
const AUDIT_REASON: &str = "audit-reason";

/// Why an auditor asks, in their words: the header `Audit-Reason`. Several are one, as lists are in HTTP, without those that
/// say nothing.
pub fn audit_reason(headers: &HeaderMap) -> Result<String, Problem> {
    let given = headers.get_all(AUDIT_REASON).iter().map(words).collect::<Result<Vec<_>, _>>()?;
    let said: Vec<&str> = given.iter().map(|words| words.trim()).filter(|words| !words.is_empty()).collect();
    if said.is_empty() { Err(Problem::AuditReasonRequired) } else { Ok(said.join(", ")) }
}

/// What a header says: in UTF-8, else in ISO-8859-1, as browsers and many libraries send any text that fits.
fn words(value: &HeaderValue) -> Result<Cow<'_, str>, Problem> {
    if let Ok(words) = str::from_utf8(value.as_bytes()) {
        return Ok(Cow::Borrowed(words));
    }
    // Each byte is the character of that number.
    let words = value.as_bytes().iter().copied().map(char::from).collect::<String>();
    if words.contains(|letter: char| letter.is_control() && letter != '\t') {
        let detail = "must be UTF-8, or ISO-8859-1 without control characters";
        return Err(Problem::InvalidHeader { name: "Audit-Reason", detail });
    }
    Ok(Cow::Owned(words))
}
