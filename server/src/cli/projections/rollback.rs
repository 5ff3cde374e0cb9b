//! `hansard projections rollback`.

use std::process::ExitCode;

use super::super::{Failed, progress};
use super::{Needs, on};

/// Lets the read models serve again that did before the last rebuild, once they have caught up with the log.
///
/// They must be kept yet, and be of this version of Hansard. Those that served until now are kept instead: another rollback
/// goes back to them. Queries go on meanwhile.
#[derive(Debug, clap::Args)]
pub(super) struct Rollback {
    #[command(flatten)]
    needs: Needs,
}

impl Rollback {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        let projector = self.needs.projector()?;
        let bar = progress::bar("catching up");
        let rolled_back = projector.roll_back(&mut on(&bar)).await;
        bar.finish_and_clear();
        super::rebuild::told(&rolled_back?)?;
        Ok(ExitCode::SUCCESS)
    }
}
