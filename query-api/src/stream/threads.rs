//! Threads of the streams' own. Thousands of sockets have something to do at once when a message goes to all of them, or
//! when all of them break: requests do not wait behind them for their turn on a thread, and the machine is shared evenly.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};

/// Threads on which tasks run; what still runs is dropped with them.
pub(super) struct Threads {
    /// There until it is dropped.
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Threads {
    /// As many as the machine has cores.
    pub(super) fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().thread_name("streams").enable_all().build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    pub(super) fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // Whoever drops it may itself be a task, which must not wait for others.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
