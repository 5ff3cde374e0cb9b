//! Servers by which the clients of a call find a way to each other.

use std::time::Duration;

use query_api::Turn as Servers;
use zeroize::Zeroizing;

use super::Secret;
use super::quantity::lasting;

/// STUN and TURN servers, which the clients of calls are told of.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Calls")]
pub struct Turn {
    /// STUN and TURN servers, as stun:HOST:PORT, turn:HOST:PORT?transport=udp or turns:HOST:PORT, separated by commas.
    ///
    /// Without them clients find each other only where they reach each other directly.
    #[arg(long, env = "HANSARD_TURN_URLS", value_name = "URL,...", value_delimiter = ',')]
    pub turn_urls: Vec<String>,

    /// The secret shared with the TURN servers: coturn's static-auth-secret, with use-auth-secret.
    ///
    /// Clients are given credentials made with it, never itself. Without it no TURN server is told of.
    #[arg(long, env = "HANSARD_TURN_SECRET", value_name = "SECRET", hide_env_values = true)]
    pub turn_secret: Option<Secret>,

    /// How long such credentials are good: longer than calls last. A number with a unit: min, h, d.
    #[arg(long, env = "HANSARD_TURN_LIFETIME", value_name = "TIME", default_value = "12h", value_parser = lasting)]
    pub turn_lifetime: Duration,
}

impl Turn {
    /// What the query API hands out.
    pub(crate) fn servers(&self) -> Option<Servers> {
        let urls: Vec<_> = self.turn_urls.iter().filter(|url| !url.is_empty()).cloned().collect();
        let secret = self.turn_secret.as_ref().map(|secret| Zeroizing::new(secret.reveal().to_owned()));
        let lifetime = time::Duration::try_from(self.turn_lifetime).unwrap_or(time::Duration::DAY);
        (!urls.is_empty()).then_some(Servers { urls, secret, lifetime })
    }
}
