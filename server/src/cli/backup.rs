//! `hansard backup`.

use std::process::ExitCode;

use sqlx::ConnectOptions;
use tokio::process::Command;

use super::Failed;
use crate::application::StartError;
use crate::database::Access;
use crate::settings::Database;

/// Runs a command that copies the database and then the blobs, while no process removes bytes; its exit code is the
/// command's.
#[derive(Debug, clap::Args)]
pub(super) struct Backup {
    #[command(flatten)]
    database: Database,
    /// The command, and what it is to be told.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

impl Backup {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        self.database.answers().await.map_err(StartError::Database)?;
        let options = self.database.options(Access::Reader, "backup").map_err(StartError::Database)?;
        let mut connection = options.connect().await.map_err(StartError::Database)?;
        // Held until the connection ends; others may take a backup at the same time.
        sqlx::query("select pg_advisory_lock_shared($1)").bind(reactor::COLLECTING).execute(&mut connection).await?;
        let [program, arguments @ ..] = &self.command[..] else { return Ok(ExitCode::FAILURE) };
        let ended = Command::new(program).args(arguments).status().await?;
        Ok(ended.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
    }
}
