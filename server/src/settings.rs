//! What can be set: each field a flag and a variable, its comment the manual. `hansard serve --help` is the reference.

mod blobs;
mod database;
mod http;
mod keys;
mod log;
mod mail;
mod nats;
mod past;
mod quantity;
mod record;
mod secret;
mod storage;
mod stream;
mod turn;

pub use blobs::Blobs;
pub use database::{Database, LockWait, Pools};
pub use http::{Http, Switch};
pub use keys::{Keys, NoMasterKey};
pub use log::Log;
pub use mail::Mail;
pub use nats::Nats;
pub use past::{Past, PastFlags};
pub use record::{NoSigningKey, Record};
pub use secret::Secret;
pub use storage::{NoStorage, Place, Storage};
pub use stream::Stream;
pub use turn::Turn;

use clap::{Args, FromArgMatches};

use crate::role::Roles;

/// All that `hansard serve` can be told.
#[derive(Clone, Debug, Args)]
pub struct Settings {
    /// The parts that this process plays, separated by commas: command-api, relay, projector, query-api, sealer, reactor.
    ///
    /// One process plays all by default. To scale out, run several processes on the same database: any number of
    /// command-api and query-api; of relay, projector, sealer and reactor one acts at a time while others stand by. Apart, a reverse
    /// proxy sends GET and HEAD to a query-api and every other method to a command-api.
    #[arg(long, env = "HANSARD_ROLES", value_name = "ROLE,...", default_value_t = Roles::all())]
    pub roles: Roles,

    /// The database.
    #[command(flatten)]
    pub database: Database,

    /// Its connections.
    #[command(flatten)]
    pub pools: Pools,

    /// The master key.
    #[command(flatten)]
    pub keys: Keys,

    /// Who signs the record.
    #[command(flatten)]
    pub record: Record,

    /// The broker.
    #[command(flatten)]
    pub nats: Nats,

    /// Files.
    #[command(flatten)]
    pub blobs: Blobs,

    /// Listeners, connections and sign-in.
    #[command(flatten)]
    pub http: Http,

    /// What is told, as it happens.
    #[command(flatten)]
    pub stream: Stream,

    /// Calls.
    #[command(flatten)]
    pub turn: Turn,

    /// Mail.
    #[command(flatten)]
    pub mail: Mail,

    /// The log of the process.
    #[command(flatten)]
    pub log: Log,
}

impl Settings {
    /// What flags of `hansard serve` say; what they leave out comes from the environment, or is as it is by default.
    pub fn from_flags(flags: impl IntoIterator<Item = String>) -> Result<Self, clap::Error> {
        let command = Self::augment_args(clap::Command::new("hansard serve").no_binary_name(true));
        Self::from_arg_matches(&command.try_get_matches_from(flags)?)
    }
}
