//! What commands of an operator work with: the log, and requests that no session stands behind.

use api_kit::Context;
use event_store::{Keyring, Reader, Request, Store};
use projector::{Pace, Projector};
use sqlx::PgPool;
use tokio_util::task::TaskTracker;

use super::Failed;
use crate::application::open_log;
use crate::database::Access;
use crate::keyring;
use crate::settings::{Database, Keys, Log};

/// Connections for an operator's commands, besides the one that appends.
const CONNECTIONS: u32 = 2;

/// Connections of a projector.
const PROJECTING: u32 = 6;

/// What these commands need.
#[derive(Debug, clap::Args)]
#[command(mut_arg("log", |log| log.default_value("warn")))]
pub(crate) struct Operator {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    keys: Keys,
    #[command(flatten)]
    log: Log,
}

impl Operator {
    /// Opens the log. The same refusals as a start's: a database that may lose what it acknowledged, another master
    /// key.
    pub(crate) async fn open(&self) -> Result<Store, Failed> {
        self.log.begin()?;
        let master = self.keys.read()?;
        self.database.answers().await?;
        let pool = self.pool(Access::Writer)?;
        // The process ends with the command; no task of the log outlives its last handle.
        Ok(open_log(pool, master, &TaskTracker::new()).await?)
    }

    /// Connections in a role.
    pub(crate) fn pool(&self, access: Access) -> Result<PgPool, Failed> {
        Ok(self.database.pool(access, "operator", CONNECTIONS)?)
    }

    /// A projector, with as many connections as it asks for.
    pub(crate) fn projector(&self) -> Result<Projector, Failed> {
        let pool = self.database.pool(Access::Projector, "operator", PROJECTING)?;
        let keyring = self.keyring(pool.clone())?;
        Ok(Projector::new(pool.clone(), Reader::new(pool), keyring, Pace::default()))
    }

    /// The keys, for reading alone.
    pub(crate) fn keyring(&self, pool: PgPool) -> Result<Keyring, Failed> {
        Ok(keyring::over(pool, self.keys.read()?))
    }
}

/// A request of an operator: nobody's session stands behind it.
pub(crate) fn request(context: &Context) -> Request {
    Request::unasked(context.new_id(), context.now())
}
