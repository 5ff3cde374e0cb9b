//! `hansard openapi`.

use std::process::ExitCode;

use super::Failed;
use super::output::Output;

/// Prints the OpenAPI document of the whole API, as `/openapi.json` serves it.
#[derive(Debug, clap::Args)]
pub(super) struct Openapi {}

impl Openapi {
    pub(super) fn run(&self) -> Result<ExitCode, Failed> {
        Output::new().line(crate::http::document().to_pretty_json()?)?;
        Ok(ExitCode::SUCCESS)
    }
}
