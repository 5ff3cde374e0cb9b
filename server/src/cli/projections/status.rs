//! `hansard projections status`.

use std::process::ExitCode;
use std::time::Duration;

use projector::Pacing;

use super::super::{Failed, output::Output};
use super::Needs;

/// For how long is looked how fast they move, where they are not at the log's end.
const LOOKS_FOR: Duration = Duration::from_secs(1);

/// Tells how far the read models are behind the log, and which streams could not be projected.
///
/// Where they are behind, or a rebuild is under way, it takes a second to see how fast they move and when they will be there.
///
/// Exit code 1 if a stream is parked: one of its events could not be projected, and later ones wait for `hansard projections
/// unpark`, or for a rebuild by a version that can.
#[derive(Debug, clap::Args)]
pub(super) struct Status {
    #[command(flatten)]
    needs: Needs,
}

impl Status {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        let projector = self.needs.projector()?;
        let before = projector.status().await?;
        let status = if before.is_moving() {
            tokio::time::sleep(LOOKS_FOR).await;
            projector.status().await?
        } else {
            before.clone()
        };
        let mut out = Output::new();
        out.line(format_args!("generation {} serves, in epoch {}", status.generation, status.epoch))?;
        out.line(format_args!("position   {} of {}", status.position, status.head))?;
        out.line(format_args!("behind     {} events, {:.3} s", status.lag_positions(), status.lag_seconds))?;
        if status.lag_positions() > 0 {
            out.line(format_args!("moves      {}", told(status.pacing(&before, LOOKS_FOR))))?;
        }
        for other in &status.others {
            let (generation, state) = (other.generation, other.state);
            match status.pacing_of(other, &before, LOOKS_FOR).filter(|_| state == "filling") {
                Some(pacing) => out.line(format_args!(
                    "generation {generation} is {state}, at {} of {}: {}",
                    other.position,
                    status.head,
                    told(pacing)
                ))?,
                None if state == "past" => {
                    out.line(format_args!("generation {generation} is {state}, at {}", other.position))?;
                }
                None => out.line(format_args!("generation {generation} is {state}"))?,
            }
        }
        for parked in &status.parked {
            out.line(format_args!(
                "parked     {} at {} ({}, position {}): {}; {} later events wait",
                parked.stream(),
                parked.sequence,
                parked.event_type,
                parked.position,
                parked.reason,
                parked.skipped
            ))?;
        }
        Ok(if status.parked.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// How fast, and for how much longer.
fn told(Pacing { rate, left }: Pacing) -> String {
    match left {
        Some(left) => format!("{rate:.0} events/s, {} s left", left.as_secs_f64().ceil()),
        None if rate > 0.0 => format!("{rate:.0} events/s, no faster than the log"),
        None => "not at all".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_how_fast_they_move_and_for_how_much_longer() {
        let said = |rate, left| told(Pacing { rate, left });
        assert_eq!(said(412.4, Some(Duration::from_millis(6_100))), "412 events/s, 7 s left");
        assert_eq!(said(50.0, None), "50 events/s, no faster than the log");
        assert_eq!(said(0.0, None), "not at all");
    }
}
