//! `hansard projections drop`.

use std::process::ExitCode;

use super::super::Failed;
use super::Needs;

/// Removes the tables of a generation that no longer serves.
#[derive(Debug, clap::Args)]
pub(super) struct Drop {
    /// Its number, as `hansard projections status` tells it.
    generation: i32,
    #[command(flatten)]
    needs: Needs,
}

impl Drop {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        self.needs.projector()?.drop_generation(self.generation).await?;
        Ok(ExitCode::SUCCESS)
    }
}
