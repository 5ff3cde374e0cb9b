//! What commands answer.

use api_kit::{Answer, Created, Marks, NoContent, Problem, shape};
use axum::response::{IntoResponse, Response};
use event_store::Done;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::receipted::Receipted;

/// Something was created.
#[derive(Serialize, ToSchema)]
pub(crate) struct Made {
    /// Its id.
    pub(crate) id: Uuid,
    /// The place of the command's last event.
    #[schema(example = 42)]
    pub(crate) position: i64,
}

/// What a command left of a resource, for the answer.
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub(crate) struct Changed<K> {
    /// Its version.
    pub(crate) version: i64,
    /// The resource, as far as the command knows it. Not kept for later answers to the same request: whoever sends it
    /// again may not see the resource any more.
    #[serde(skip)]
    pub(crate) known: Option<K>,
}

/// Whatever is known of the resource is skipped.
impl<K> Receipted for Changed<K> {}

/// A resource in the answer to a command: as a query shows it, else as far as the command knows it.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Shown<W, K> {
    Whole(W),
    Known(K),
    Bare { id: Uuid, version: i64 },
}

/// A resource, and the place of the last event of the command that changed it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Positioned<R> {
    #[serde(flatten)]
    pub(crate) resource: R,
    /// The place of the command's last event.
    #[schema(example = 42)]
    pub(crate) position: i64,
}

/// Where a command's answer stands in the log.
pub(crate) fn marks<T>(done: &Done<T>) -> Marks {
    Marks::at(done.position).replayed(done.replayed)
}

/// 204.
pub(crate) fn no_content<T>(done: &Done<T>) -> NoContent {
    NoContent { marks: marks(done) }
}

/// 201 if the command created what is at `location`, now or when it was first sent; else 200.
pub(crate) fn created_or_not<B: Serialize>(created: bool, location: String, body: B, marks: Marks) -> Response {
    if created { Created { location, body, marks }.into_response() } else { Answer { body, marks }.into_response() }
}

/// A resource with a version.
pub(crate) trait Versioned {
    fn version(&self) -> i64;
}

impl Versioned for shape::Me {
    fn version(&self) -> i64 {
        self.user.version
    }
}

impl Versioned for shape::Room {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Versioned for shape::Role {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Versioned for shape::Membership {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Versioned for shape::Message {
    fn version(&self) -> i64 {
        self.version
    }
}

/// What to show of a resource that a command has changed, given how a query rendered it, if it could; and the version of
/// what is shown, which is a later one if it was changed again since.
///
/// Who may not see it any more by now is shown nothing of it, although their command has succeeded.
pub(crate) fn shown<W: Versioned, K>(
    id: Uuid,
    changed: Changed<K>,
    rendered: Option<Result<W, Problem>>,
) -> (Shown<W, K>, i64) {
    let may_see = |problem: &Problem| !matches!(problem.status().as_u16(), 401 | 403 | 404);
    let version = changed.version;
    let known = match rendered {
        Some(Ok(whole)) => {
            let version = whole.version();
            return (Shown::Whole(whole), version);
        }
        Some(Err(problem)) if !may_see(&problem) => None,
        Some(Err(_)) | None => changed.known,
    };
    (known.map_or(Shown::Bare { id, version }, Shown::Known), version)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Whole(i64);

    impl Versioned for Whole {
        fn version(&self) -> i64 {
            self.0
        }
    }

    /// What is shown of a thing that a command left at version 2.
    fn shows(known: Option<&'static str>, rendered: Option<Result<Whole, Problem>>) -> (&'static str, i64) {
        let (shown, version) = shown(Uuid::nil(), Changed { version: 2, known }, rendered);
        let what = match shown {
            Shown::Whole(_) => "whole",
            Shown::Known(known) => known,
            Shown::Bare { .. } => "bare",
        };
        (what, version)
    }

    #[test]
    fn a_thing_is_shown_as_queries_show_it_perhaps_changed_again() {
        assert_eq!(shows(Some("known"), Some(Ok(Whole(5)))), ("whole", 5));
        assert_eq!(shows(None, Some(Ok(Whole(2)))), ("whole", 2));
    }

    #[test]
    fn without_a_read_model_what_the_command_knows_is_shown() {
        assert_eq!(shows(Some("known"), Some(Err(Problem::ReadModelBehind))), ("known", 2));
        assert_eq!(shows(Some("known"), None), ("known", 2));
        assert_eq!(shows(None, Some(Err(Problem::ReadModelBehind))), ("bare", 2));
    }

    #[test]
    fn who_may_not_see_it_any_more_is_shown_nothing() {
        for problem in [Problem::NotFound, Problem::NotAMember, Problem::NotSignedIn] {
            assert_eq!(shows(Some("known"), Some(Err(problem))), ("bare", 2));
        }
    }

    #[test]
    fn what_is_known_of_a_thing_is_not_kept() {
        let kept = serde_json::to_value(Changed { version: 2, known: Some("secret") }).unwrap();
        assert_eq!(kept, serde_json::json!({"version": 2}));
        assert!(serde_json::from_value::<Changed<&'static str>>(kept).unwrap().known.is_none());
    }
}
