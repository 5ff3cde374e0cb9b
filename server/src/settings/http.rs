//! Listeners, connections and rate limits.

use std::net::SocketAddr;
use std::time::Duration;

use api_kit::{LimitSettings, Rate, ServeSettings, TrustedProxies};

use super::quantity::{duration, lasting};

/// How clients reach this process, and what they may cost.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "HTTP")]
pub struct Http {
    /// Address and port of the API, its documentation and the health checks; port 0 takes a free one.
    #[arg(long, env = "HANSARD_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// Address and port of /metrics (Prometheus text), apart from the API; port 0 takes a free one.
    #[arg(long, env = "HANSARD_METRICS_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:9090")]
    pub metrics_listen: SocketAddr,

    /// Reverse proxies of ours: addresses or networks, separated by commas, such as `10.0.0.0/8,::1`.
    ///
    /// Only what they say in X-Forwarded-For counts as a client's address.
    #[arg(
        long,
        env = "HANSARD_TRUSTED_PROXIES",
        value_name = "NETWORK,...",
        default_value = "",
        hide_default_value = true
    )]
    pub trusted_proxies: TrustedProxies,

    /// Most connections at once; more are answered 503, and closed without a word while 128 are being answered so.
    #[arg(long, env = "HANSARD_MAX_CONNECTIONS", value_name = "NUMBER", default_value_t = 8192)]
    pub max_connections: usize,

    /// Most connections at once from one address (of IPv6: one /64). Loopback and trusted proxies have no such limit.
    #[arg(long, env = "HANSARD_MAX_CONNECTIONS_PER_ADDRESS", value_name = "NUMBER", default_value_t = 1024)]
    pub max_connections_per_address: usize,

    /// How long requests may take to finish once the process was told to stop; a number with a unit: ms, s, min.
    #[arg(long, env = "HANSARD_DRAIN_WITHIN", value_name = "TIME", default_value = "15s", value_parser = duration)]
    pub drain_within: Duration,

    /// How long somebody stays signed in; a number with a unit: min, h, d.
    #[arg(long, env = "HANSARD_SESSION_LIFETIME", value_name = "TIME", default_value = "30d", value_parser = lasting)]
    pub session_lifetime: Duration,

    /// Who may make an account: open for everyone; invite for whoever has an invite to a room, which they join with it; or
    /// closed, where the operator makes them (`hansard admin create-user`).
    #[arg(long, env = "HANSARD_REGISTRATION", value_name = "WHO", default_value = "open")]
    pub registration: Registration,

    /// Whom people find: everyone; shared-rooms, those with whom they share one; or nobody.
    ///
    /// Whoever is or was in a room with them they see in any case, where they come across them; others have no name for
    /// them, also where they block or ban them. Administrators find everyone.
    #[arg(long, env = "HANSARD_DIRECTORY", value_name = "WHOM", default_value = "everyone")]
    pub directory: Directory,

    /// Whether requests are counted against the limits below.
    #[arg(long, env = "HANSARD_RATE_LIMITS", value_name = "SWITCH", default_value = "on")]
    pub rate_limits: Switch,

    /// Requests of one signed-in user: so many at once, given back evenly in that time (s, min or h); or `off`.
    #[arg(long, env = "HANSARD_RATE_LIMIT_USER", value_name = "RATE", default_value_t = LimitSettings::default().user)]
    pub rate_limit_user: Rate,

    /// Requests of one address that need no session, such as registering.
    #[arg(long, env = "HANSARD_RATE_LIMIT_ADDRESS", value_name = "RATE", default_value_t = LimitSettings::default().address)]
    pub rate_limit_address: Rate,

    /// Sign-ins to one account from one address, right or wrong.
    #[arg(long, env = "HANSARD_RATE_LIMIT_ACCOUNT_SIGN_IN", value_name = "RATE", default_value_t = LimitSettings::default().account_sign_in)]
    pub rate_limit_account_sign_in: Rate,

    /// Sign-ins to one account from all addresses. Several times the former, so that nobody at one address keeps out
    /// whoever comes from another.
    #[arg(long, env = "HANSARD_RATE_LIMIT_ACCOUNT_SIGN_IN_TOTAL", value_name = "RATE", default_value_t = LimitSettings::default().account_sign_in_total)]
    pub rate_limit_account_sign_in_total: Rate,

    /// Sign-ins from one address.
    #[arg(long, env = "HANSARD_RATE_LIMIT_ADDRESS_SIGN_IN", value_name = "RATE", default_value_t = LimitSettings::default().address_sign_in)]
    pub rate_limit_address_sign_in: Rate,

    /// Mails asked for to one account, whether or not they are sent.
    #[arg(long, env = "HANSARD_RATE_LIMIT_ACCOUNT_MAIL", value_name = "RATE", default_value_t = LimitSettings::default().account_mail)]
    pub rate_limit_account_mail: Rate,

    /// Mails asked for from one address.
    #[arg(long, env = "HANSARD_RATE_LIMIT_ADDRESS_MAIL", value_name = "RATE", default_value_t = LimitSettings::default().address_mail)]
    pub rate_limit_address_mail: Rate,

    /// Exports of one user's own data.
    #[arg(long, env = "HANSARD_RATE_LIMIT_EXPORT", value_name = "RATE", default_value_t = LimitSettings::default().export)]
    pub rate_limit_export: Rate,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Registration {
    /// Everyone.
    Open,
    /// Whoever has an invite.
    Invite,
    /// The operator.
    Closed,
}

/// Whom people find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Directory {
    /// Everyone.
    Everyone,
    /// Those with whom they share a room.
    SharedRooms,
    /// Nobody.
    Nobody,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Switch {
    /// In force.
    On,
    /// Without effect.
    Off,
}

impl Http {
    /// What one client may cost.
    pub(crate) fn serve(&self) -> ServeSettings {
        ServeSettings {
            connections: self.max_connections,
            connections_per_address: self.max_connections_per_address,
            trusted_proxies: self.trusted_proxies.clone(),
            drain_within: self.drain_within,
            ..ServeSettings::default()
        }
    }

    /// How long a session lasts.
    pub(crate) fn session_lifetime(&self) -> time::Duration {
        self.session_lifetime.try_into().unwrap_or(time::Duration::MAX)
    }

    /// Who may make an account.
    pub(crate) fn registration(&self) -> command_api::Registration {
        match self.registration {
            Registration::Open => command_api::Registration::Open,
            Registration::Invite => command_api::Registration::Invite,
            Registration::Closed => command_api::Registration::Closed,
        }
    }

    /// Whom people find.
    pub(crate) fn directory(&self) -> query_api::Directory {
        match self.directory {
            Directory::Everyone => query_api::Directory::Everyone,
            Directory::SharedRooms => query_api::Directory::SharedRooms,
            Directory::Nobody => query_api::Directory::Nobody,
        }
    }

    /// How often what may be asked.
    pub(crate) fn limits(&self) -> LimitSettings {
        match self.rate_limits {
            Switch::Off => LimitSettings::OFF,
            Switch::On => LimitSettings {
                user: self.rate_limit_user,
                address: self.rate_limit_address,
                account_sign_in: self.rate_limit_account_sign_in,
                account_sign_in_total: self.rate_limit_account_sign_in_total,
                address_sign_in: self.rate_limit_address_sign_in,
                account_mail: self.rate_limit_account_mail,
                address_mail: self.rate_limit_address_mail,
                export: self.rate_limit_export,
            },
        }
    }
}
