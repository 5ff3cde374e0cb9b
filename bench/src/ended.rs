//! A process that ran to its end, and what it took.

use std::pin::pin;
use std::process::Output;
use std::time::{Duration, Instant};

use tokio::process::Command;

/// Pause between two looks at its memory: what it came to after the last is missed.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A process that ran to its end.
pub(crate) struct Ended {
    pub(crate) output: Output,
    /// From its start on.
    pub(crate) seconds: f64,
    /// Bytes that it held at once.
    pub(crate) most_memory: u64,
}

impl Ended {
    /// Runs a command.
    pub(crate) async fn of(command: &mut Command) -> std::io::Result<Self> {
        let started = Instant::now();
        let process = command.spawn()?;
        let status = format!("/proc/{}/status", process.id().unwrap_or_default());
        let mut ending = pin!(process.wait_with_output());
        let (mut most_memory, mut looks) = (0, tokio::time::interval(LOOK_AGAIN));
        let output = loop {
            tokio::select! {
                output = &mut ending => break output?,
                _ = looks.tick() => most_memory = peak(&status).unwrap_or(most_memory),
            }
        };
        Ok(Self { output, seconds: started.elapsed().as_secs_f64(), most_memory })
    }
}

/// The most bytes that a process has held so far.
fn peak(status: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? << 10)
}
