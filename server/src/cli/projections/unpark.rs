//! `hansard projections unpark`.

use std::process::ExitCode;

use projector::Unparked;

use super::super::{Failed, output::Output, progress};
use super::{Needs, on};

/// Goes through the events of a parked stream again, in their order, once whatever was wrong is mended.
///
/// Exit code 1, with the reason, if one of them still cannot be projected: then nothing changes. Streams of rooms, memberships
/// and messages have their places among what else happened: for these the read models are made anew, as by
/// `hansard projections rebuild`.
#[derive(Debug, clap::Args)]
pub(super) struct Unpark {
    /// Its name, as `hansard projections status` tells it.
    stream: String,
    #[command(flatten)]
    needs: Needs,
}

impl Unpark {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        let projector = self.needs.projector()?;
        let bar = progress::bar("replaying");
        let unparked = projector.unpark(&self.stream, &mut on(&bar)).await;
        bar.finish_and_clear();
        let mut out = Output::new();
        match unparked? {
            Unparked::InPlace { events } => out.line(format_args!("{}: {events} events projected", self.stream))?,
            Unparked::Rebuilt(rebuilt) => {
                out.line(format_args!("generation {} serves, at position {}", rebuilt.generation, rebuilt.position))?;
                out.line(format_args!("generation {} is kept: hansard projections drop {0}", rebuilt.replaced))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
