//! `hansard projections rebuild`.

use std::process::ExitCode;

use projector::Rebuilt;

use super::super::{Failed, output::Output, progress};
use super::{Needs, on};

/// Makes the read models anew from the log, while the old ones serve, and switches to them at once.
///
/// Goes on where an interrupted rebuild ended. Needs room for a second copy of the read models; the old ones stay until
/// `hansard projections drop`, and serve again after `hansard projections rollback`.
#[derive(Debug, clap::Args)]
pub(super) struct Rebuild {
    #[command(flatten)]
    needs: Needs,
}

impl Rebuild {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        let projector = self.needs.projector()?;
        let bar = progress::bar("replaying");
        let rebuilt = projector.rebuild(&mut on(&bar)).await;
        bar.finish_and_clear();
        told(&rebuilt?)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Says what serves now, and what did.
pub(super) fn told(rebuilt: &Rebuilt) -> Result<(), Failed> {
    let mut out = Output::new();
    out.line(format_args!("generation {} serves, at position {}", rebuilt.generation, rebuilt.position))?;
    out.line(format_args!("generation {} is kept: hansard projections drop {0}", rebuilt.replaced))?;
    Ok(())
}
