//! The broker, which distributes the log and holds no truth.

use std::path::PathBuf;
use std::time::Duration;

use nats::{Connect, Retention};

use super::Secret;
use super::quantity::{bytes, duration};

/// Where NATS is, and who the parts of this process are there.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "NATS")]
pub struct Nats {
    /// NATS with JetStream, as nats://HOST:PORT or tls://HOST:PORT; several of a cluster are separated by commas.
    ///
    /// Without it nothing is relayed, and read models are filled from PostgreSQL. It holds no truth: its store may be
    /// wiped at any time, and while it is away commands and queries go on. Its users are those of
    /// nats/nats-server.conf: relay, projector, query-api and command-api.
    #[arg(long, env = "HANSARD_NATS_URL", value_name = "URL,...")]
    pub nats_url: Option<String>,

    /// Certificates to trust besides the system's, in PEM, for tls://.
    #[arg(long, env = "HANSARD_NATS_CERTIFICATES", value_name = "FILE")]
    pub nats_certificates: Option<PathBuf>,

    /// Password of the user relay. Without it the relay connects without a user.
    #[arg(long, env = "HANSARD_NATS_RELAY_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    pub nats_relay_password: Option<Secret>,

    /// Password of the user projector.
    #[arg(long, env = "HANSARD_NATS_PROJECTOR_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    pub nats_projector_password: Option<Secret>,

    /// Password of the user command-api.
    #[arg(long, env = "HANSARD_NATS_COMMAND_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    pub nats_command_password: Option<Secret>,
    /// Password of the user query-api.
    #[arg(long, env = "HANSARD_NATS_QUERY_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    pub nats_query_password: Option<Secret>,

    /// How long an event stays in the stream; followers read older ones from PostgreSQL. A number with a unit: min, h, d.
    #[arg(long, env = "HANSARD_NATS_MAX_AGE", value_name = "TIME", default_value = "72h", value_parser = duration)]
    pub nats_max_age: Duration,

    /// How large the stream may grow before its oldest events leave it. A number with a unit: MiB, GiB.
    #[arg(long, env = "HANSARD_NATS_MAX_BYTES", value_name = "SIZE", default_value = "4GiB", value_parser = bytes)]
    pub nats_max_bytes: i64,
}

impl Nats {
    /// How the relay connects; none without NATS.
    pub(crate) fn relay(&self) -> Option<Connect> {
        self.connect("relay", self.nats_relay_password.as_ref())
    }

    /// How the projector connects; none without NATS.
    pub(crate) fn projector(&self) -> Option<Connect> {
        self.connect("projector", self.nats_projector_password.as_ref())
    }

    /// How the command API connects, which sends signals of calls; none without NATS.
    pub(crate) fn command_api(&self) -> Option<Connect> {
        self.connect("command-api", self.nats_command_password.as_ref())
    }

    /// How the query API connects; none without NATS.
    pub(crate) fn query_api(&self) -> Option<Connect> {
        self.connect("query-api", self.nats_query_password.as_ref())
    }

    /// How much of the log the stream keeps.
    pub(crate) fn retention(&self) -> Retention {
        Retention { max_age: self.nats_max_age, max_bytes: self.nats_max_bytes }
    }

    fn connect(&self, user: &str, password: Option<&Secret>) -> Option<Connect> {
        Some(Connect {
            servers: self.nats_url.clone().filter(|url| !url.is_empty())?,
            user: password.map(|_| user.to_owned()),
            password: password.map(|password| password.reveal().to_owned()),
            certificates: self.nats_certificates.clone(),
        })
    }
}
