//! What a start refuses, and in which words.

use std::net::SocketAddr;

use event_store::{KeyError, MasterKey, OpenError, Store};
use nats::ConnectError;
use projector::ProjectorError;
use sealer::NoTarget;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use crate::access::NotRecorded;
use crate::keyring;
use crate::mail::NoMail;
use crate::migrations::{NotApplied, NotMigrated};
use crate::past::NotCopied;
use crate::settings::{NoMasterKey, NoSigningKey, NoStorage};

/// A key that every instance unwraps at its start: whoever has another master key finds out before anything is sealed.
const CHECK: &str = "instance/check";

/// A process was not started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened at.
    #[error("cannot listen at {address} ({setting})")]
    Listen {
        /// Which address it is.
        setting: &'static str,
        /// What it is set to.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The system has no threads left.
    #[error("no threads can be started")]
    NoThreads(#[source] std::io::Error),
    /// There is no master key.
    #[error("HANSARD_MASTER_KEY_FILE")]
    NoMasterKey(#[from] NoMasterKey),
    /// The master key is another than the one that the keys of this database are wrapped by.
    #[error("HANSARD_MASTER_KEY_FILE holds another master key than the one this database was begun with")]
    WrongMasterKey(#[source] KeyError),
    /// The keys that sign the record cannot be had.
    #[error("HANSARD_SIGNING_KEY_FILE")]
    NoSigningKey(#[from] NoSigningKey),
    /// Checkpoints cannot be brought there.
    #[error("HANSARD_CHECKPOINT_URL")]
    NoTarget(#[from] NoTarget),
    /// The database cannot be reached.
    #[error("PostgreSQL cannot be reached")]
    Database(#[from] sqlx::Error),
    /// It lacks a migration.
    #[error(transparent)]
    NotMigrated(#[from] NotMigrated),
    /// An address of NATS is none.
    #[error("HANSARD_NATS_URL")]
    Nats(#[from] ConnectError),
    /// Mail cannot be sent so.
    #[error(transparent)]
    Mail(#[from] NoMail),
    /// Where files' bytes are cannot be used.
    #[error(transparent)]
    Blobs(#[from] NoStorage),
    /// That the past is copied cannot be put on record.
    #[error(transparent)]
    NotRecorded(#[from] NotRecorded),
    /// What was cannot be copied.
    #[error(transparent)]
    Past(#[from] NotCopied),
    /// The database of the past cannot be made what is needed.
    #[error("HANSARD_PAST_DATABASE_URL")]
    NotMade(#[from] NotApplied),
    /// Its read models cannot be made.
    #[error("the read models of the past cannot be made")]
    NoReadModels(#[from] ProjectorError),
    /// It may lose what it acknowledged.
    #[error(transparent)]
    Log(#[from] OpenError),
}

/// Listens at an address.
pub(super) fn bind(setting: &'static str, address: SocketAddr) -> Result<TcpListener, StartError> {
    api_kit::listen(address).map_err(|source| StartError::Listen { setting, address, source })
}

/// Opens the log, and tries the master key on it.
pub(crate) async fn open_log(pool: PgPool, master: MasterKey, tasks: &TaskTracker) -> Result<Store, StartError> {
    let keyring = keyring::over(pool.clone(), master);
    let store = Store::open(pool, keyring, tasks).await?;
    match store.keyring().instance_secret(CHECK).await {
        Ok(_) => Ok(store),
        Err(error) => Err(error.into()),
    }
}

impl From<KeyError> for StartError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Unavailable(error) => error.into(),
            wrong @ (KeyError::MasterAway { .. }
            | KeyError::WrongMaster(_)
            | KeyError::Damaged { .. }
            | KeyError::DamagedKey(_)
            | KeyError::NotJson(_)) => Self::WrongMasterKey(wrong),
        }
    }
}
