//! `hansard openapi`.

use std::process::ExitCode;

use super::Failed;
use super::output::Output;

/// Prints the document of the whole API.
pub(super) fn print() -> Result<ExitCode, Failed> {
    Output::new().line(crate::http::document().to_pretty_json()?)?;
    Ok(ExitCode::SUCCESS)
}
