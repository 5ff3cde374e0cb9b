//! `GET /problems/<slug>`: the entry of `docs/problems.md`, as a page.

use axum::Router;
use axum::extract::Path;
use axum::response::Html;
use axum::routing::get;

use super::Problem;

/// The manual of problems: a level-two heading with the slug, then paragraphs, for each.
const MANUAL: &str = include_str!("../../../docs/problems.md");

/// Serves what is said about each problem.
pub fn routes() -> Router {
    Router::new().route("/problems/{slug}", get(page))
}

async fn page(slug: Result<Path<String>, axum::extract::rejection::PathRejection>) -> Result<Html<String>, Problem> {
    let Path(slug) = slug.map_err(|_| Problem::NotFound)?;
    let entry = entry(&slug).ok_or(Problem::NotFound)?;
    let paragraphs = inline(entry).replace("\n\n", "</p>\n<p>");
    Ok(Html(format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{slug}</title>\n<h1>{slug}</h1>\n<p>{paragraphs}</p>\n</html>\n"
    )))
}

/// What stands below the heading `slug`.
pub(super) fn entry(slug: &str) -> Option<&'static str> {
    MANUAL
        .split("\n## ")
        .skip(1)
        .find_map(|section| section.split_once('\n').filter(|(heading, _)| *heading == slug))
        .map(|(_, text)| text.trim())
}

/// Text as HTML, with what stands between backticks as code.
fn inline(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let pieces = escaped.split('`').enumerate();
    pieces
        .map(|(index, piece)| if index % 2 == 1 { format!("<code>{piece}</code>") } else { piece.to_owned() })
        .collect()
}
