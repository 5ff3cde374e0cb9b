//! `hansard migrate`.

use std::process::ExitCode;

use sqlx::ConnectOptions;

use super::Failed;
use super::output::Output;
use crate::application::StartError;
use crate::database::Access;
use crate::migrations;
use crate::settings::{Database, LockWait, Log};

/// Makes the database what this version needs: schemas, tables, roles and the first read models.
///
/// Run it once before the first start and after each update, as the owner of the database, before the new version is
/// started. It may be run again at any time, and beside processes of the former version; two at once take turns.
#[derive(Debug, clap::Args)]
#[command(mut_arg("log", |log| log.default_value("warn")))]
pub(super) struct Migrate {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    locks: LockWait,
    #[command(flatten)]
    log: Log,
}

impl Migrate {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        self.log.begin()?;
        self.database.answers().await.map_err(StartError::Database)?;
        let options = self.database.options(Access::Owner, "migrate").map_err(StartError::Database)?;
        let mut connection = options.connect().await.map_err(StartError::Database)?;
        let applied = migrations::apply(&mut connection, self.locks.lock_wait).await?;
        let pool = self.database.pool(Access::Projector, "migrate", 2).map_err(StartError::Database)?;
        let serving = projector::prepare(&pool).await?;
        let mut out = Output::new();
        out.line(format_args!("migrations applied: {applied}; read models: generation {serving} serves"))?;
        Ok(ExitCode::SUCCESS)
    }
}
