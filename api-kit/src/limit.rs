//! Rate limits: so many requests in so much time, by user, by address and by account.

mod keyed;
mod rate;
mod refused;
#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use axum::http::HeaderMap;
use uuid::Uuid;

pub use rate::{NotARate, Rate};

use crate::{Problem, RequestContext, Token};
use keyed::Keyed;
use refused::Refused;

/// How often what may be asked. `Rate::OFF` lifts a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitSettings {
    /// Requests of a signed-in user.
    pub user: Rate,
    /// Requests of an address that nobody signed in from: registering, and whatever else needs no session.
    pub address: Rate,
    /// Sign-ins to an account, by its email, from one address, right or wrong.
    pub account_sign_in: Rate,
    /// Sign-ins to an account from all addresses. Several times the former, so that nobody at one address keeps out whoever
    /// comes from another.
    pub account_sign_in_total: Rate,
    /// Sign-ins from an address.
    pub address_sign_in: Rate,
    /// Mails asked for to an account, by its email.
    pub account_mail: Rate,
    /// Mails asked for from an address.
    pub address_mail: Rate,
    /// Exports of a signed-in user's own data.
    pub export: Rate,
}

impl LimitSettings {
    /// No limits, as for benchmarks.
    pub const OFF: Self = Self {
        user: Rate::OFF,
        address: Rate::OFF,
        account_sign_in: Rate::OFF,
        account_sign_in_total: Rate::OFF,
        address_sign_in: Rate::OFF,
        account_mail: Rate::OFF,
        address_mail: Rate::OFF,
        export: Rate::OFF,
    };
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            user: Rate::per_minute(1200),
            address: Rate::per_minute(300),
            account_sign_in: Rate::per_minute(10),
            account_sign_in_total: Rate::per_minute(60),
            address_sign_in: Rate::per_minute(60),
            account_mail: Rate::per_hour(10),
            address_mail: Rate::per_hour(120),
            export: Rate::per_hour(4),
        }
    }
}

/// The counters of one process. Cheap to clone; clones count together.
#[derive(Clone)]
pub struct Limits(Arc<Counters>);

struct Counters {
    user: Option<Keyed<Uuid>>,
    address: Option<Keyed<IpAddr>>,
    account_sign_in: Option<Keyed<(Vec<u8>, IpAddr)>>,
    account_sign_in_total: Option<Keyed<Vec<u8>>>,
    address_sign_in: Option<Keyed<IpAddr>>,
    account_mail: Option<Keyed<Vec<u8>>>,
    address_mail: Option<Keyed<IpAddr>>,
    export: Option<Keyed<Uuid>>,
    refused: Refused,
}

impl Limits {
    /// Counters that begin full.
    pub fn new(settings: LimitSettings) -> Self {
        Self(Arc::new(Counters {
            user: Keyed::new(settings.user),
            address: Keyed::new(settings.address),
            account_sign_in: Keyed::new(settings.account_sign_in),
            account_sign_in_total: Keyed::new(settings.account_sign_in_total),
            address_sign_in: Keyed::new(settings.address_sign_in),
            account_mail: Keyed::new(settings.account_mail),
            address_mail: Keyed::new(settings.address_mail),
            export: Keyed::new(settings.export),
            refused: Refused::default(),
        }))
    }

    /// Counts a request of a signed-in user.
    pub fn user(&self, request: &RequestContext, user: Uuid) -> Result<(), Problem> {
        count(self.0.user.as_ref(), &user, request)
    }

    /// Counts a request of a user who was found by their token; see [`Self::again`].
    pub fn user_of(&self, request: &RequestContext, user: Uuid, token: &Token) -> Result<(), Problem> {
        self.user(request, user).inspect_err(|_| self.0.refused.note(token, user))
    }

    /// Counts a request of who holds `token`, if their last one was refused: before they are looked up, so that whoever goes
    /// on asking costs no more than the answer. False if it is still to be counted.
    pub fn again(&self, request: &RequestContext, token: &Token) -> Result<bool, Problem> {
        let Some(user) = self.0.refused.take(token) else { return Ok(false) };
        self.user_of(request, user, token).map(|()| true)
    }

    /// Counts a request that needs no session, by its address.
    pub fn address(&self, request: &RequestContext) -> Result<(), Problem> {
        count(self.0.address.as_ref(), &network(request.client_ip), request)
    }

    /// Counts a sign-in, by its address and by the digest of the email. Whether the account exists makes no difference.
    pub fn sign_in(&self, request: &RequestContext, email_digest: &[u8]) -> Result<(), Problem> {
        // The narrower first: so one address can neither fill the memory with accounts nor lock any but for itself.
        let (address, account) = (network(request.client_ip), email_digest.to_vec());
        count(self.0.address_sign_in.as_ref(), &address, request)?;
        count(self.0.account_sign_in.as_ref(), &(account.clone(), address), request)?;
        count(self.0.account_sign_in_total.as_ref(), &account, request)
    }

    /// Counts a mail that is asked for, as [`Self::sign_in`] counts. Whether it will be sent makes no difference.
    pub fn mail(&self, request: &RequestContext, email_digest: &[u8]) -> Result<(), Problem> {
        count(self.0.address_mail.as_ref(), &network(request.client_ip), request)?;
        count(self.0.account_mail.as_ref(), &email_digest.to_vec(), request)
    }

    /// Counts an export of a user's own data.
    pub fn export(&self, request: &RequestContext, user: Uuid) -> Result<(), Problem> {
        count(self.0.export.as_ref(), &user, request)
    }
}

fn count<K: keyed::Key>(counter: Option<&Keyed<K>>, key: &K, request: &RequestContext) -> Result<(), Problem> {
    let Some(counter) = counter else { return Ok(()) };
    let outcome = counter.count(key);
    let (Ok(allowance) | Err(allowance)) = outcome;
    request.note(allowance);
    outcome.map(|_| ()).map_err(Problem::RateLimited)
}

/// What one customer of a provider has: an IPv4 address, or a /64 of IPv6.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

/// What is left of a rate limit after a request was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Most requests at once.
    pub limit: u32,
    /// How many more may come now.
    pub remaining: u32,
    /// Seconds until `limit` requests may come again.
    pub reset_seconds: u64,
    retry_seconds: u64,
}

impl Allowance {
    pub(crate) fn new(limit: u32, remaining: u32, reset_seconds: u64, retry_seconds: u64) -> Self {
        Self { limit, remaining, reset_seconds, retry_seconds }
    }

    /// Seconds until one more request may come.
    pub fn retry_after_seconds(&self) -> u64 {
        self.retry_seconds
    }

    /// Whichever leaves less.
    pub(crate) fn tighter(self, other: Self) -> Self {
        if other.remaining < self.remaining { other } else { self }
    }

    /// `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset`.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        headers.insert("ratelimit-limit", self.limit.into());
        headers.insert("ratelimit-remaining", self.remaining.into());
        headers.insert("ratelimit-reset", self.reset_seconds.into());
    }
}
