//! `hansard restored`.

use std::process::ExitCode;

use event_store::{Reader, begin_epoch};

use super::Failed;
use super::output::Output;
use crate::application::StartError;
use crate::database::Access;
use crate::settings::{Database, Log};

/// Says that the database was restored from an older copy, where no NATS tells of it.
///
/// Run it after the restore, before the first process is started. The log goes on under another epoch and origin: clients that
/// saw what came after the copy are told to begin anew, and nothing is signed twice under one name. With NATS this happens by
/// itself.
#[derive(Debug, clap::Args)]
#[command(mut_arg("log", |log| log.default_value("error")))]
pub(super) struct Restored {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    log: Log,
}

impl Restored {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        self.log.begin()?;
        self.database.answers().await.map_err(StartError::Database)?;
        let pool = self.database.pool(Access::Writer, "restored", 1).map_err(StartError::Database)?;
        let before = Reader::new(pool.clone()).head().await?;
        let mut out = Output::new();
        match begin_epoch(&pool, before.epoch, before.epoch + 1).await? {
            Some(head) => out.line(format_args!("epoch {} begins after position {}", head.epoch, head.position))?,
            None => out.line("another epoch has begun meanwhile")?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
