//! `hansard serve`.

use std::pin::pin;
use std::process::ExitCode;

use api_kit::Context;

use super::Failed;
use crate::lifecycle::Signals;
use crate::settings::PastFlags;
use crate::{Application, Settings};

/// Serves until it is told to stop.
///
/// SIGTERM and SIGINT (Ctrl-C) stop it in order: it accepts no more, answers what it has accepted, and ends. A second one
/// ends it at once; nothing that was answered is lost either way.
///
/// It refuses to start on a PostgreSQL that may lose what it acknowledged (`fsync`, `full_page_writes`
/// or `synchronous_commit` off), without the migrations or the master key that the database needs, and where something else
/// listens already: exit code 1, with the reason on standard error.
#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    past: PastFlags,
}

/// Told to stop again before it had stopped.
#[derive(Debug, thiserror::Error)]
#[error("ended by a second {0}, before all was in order")]
struct Hurried(&'static str);

impl Serve {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        self.settings.log.begin()?;
        let mut signals = Signals::listen()?;
        let (context, past) = (Context::ambient(), self.past.past());
        let application = tokio::select! {
            built = Application::build_as_of(&self.settings, past.as_ref(), &context) => built?,
            signal = signals.next() => {
                tracing::info!(signal, "told to stop before it had started");
                return Ok(ExitCode::SUCCESS);
            }
        };
        tracing::info!(
            version = env!("CARGO_PKG_VERSION"),
            roles = %self.settings.roles,
            address = %application.address()?,
            metrics.address = %application.metrics_address()?,
            "serving"
        );
        let stopping = application.lifecycle().stopping().clone();
        let mut running = pin!(application.run());
        loop {
            tokio::select! {
                ended = &mut running => return Ok(ended.map(|()| ExitCode::SUCCESS)?),
                signal = signals.next() => {
                    if stopping.is_cancelled() {
                        return Err(Hurried(signal).into());
                    }
                    tracing::info!(signal, "told to stop");
                    stopping.cancel();
                }
            }
        }
    }
}
