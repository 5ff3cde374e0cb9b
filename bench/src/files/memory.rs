//! What the server's memory grows by.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;

/// Looks at the resident memory of the processes of a program until it is asked.
pub(super) struct Watch {
    before: u64,
    most: Arc<AtomicU64>,
    looking: JoinHandle<()>,
}

impl Watch {
    /// From now on.
    pub(super) fn over(program: &str) -> Self {
        let (program, before) = (program.to_owned(), resident(program));
        let most = Arc::new(AtomicU64::new(before));
        let shared = Arc::clone(&most);
        let looking = tokio::spawn(async move {
            loop {
                shared.fetch_max(resident(&program), Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        Self { before, most, looking }
    }

    /// MiB that it grew by at most.
    pub(super) fn grown(self) -> f64 {
        self.looking.abort();
        let grown = self.most.load(Ordering::Relaxed).saturating_sub(self.before);
        f64::from(u32::try_from(grown / 1024).unwrap_or(u32::MAX)) / 1024.0
    }
}

/// Bytes of the processes that run a program, found by its path.
fn resident(program: &str) -> u64 {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let running = processes
        .filter(|entry| std::fs::read_link(entry.path().join("exe")).is_ok_and(|exe| exe.as_os_str() == program));
    let statuses = running.filter_map(|entry| std::fs::read_to_string(entry.path().join("status")).ok());
    statuses.filter_map(|status| kibibytes(&status)).sum::<u64>() * 1024
}

fn kibibytes(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
