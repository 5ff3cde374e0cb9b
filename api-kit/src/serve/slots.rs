//! How many connections there may be, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use metrics::gauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::ServeSettings;
use crate::TrustedProxies;
use crate::limit::network;

/// Most connections that are being told that there is no room.
const REFUSALS: usize = 128;

type Counts = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// The room for connections.
pub(super) struct Slots {
    all: Arc<Semaphore>,
    refusals: Arc<Semaphore>,
    by_address: Counts,
    per_address: usize,
    trusted_proxies: TrustedProxies,
}

/// A connection's place; given back when dropped.
pub(super) struct Slot {
    _one_of_all: OwnedSemaphorePermit,
    counted: Option<(Counts, IpAddr)>,
}

/// An address has as many connections as it may.
struct Full;

impl Slots {
    pub(super) fn new(settings: &ServeSettings) -> Self {
        Self {
            all: Arc::new(Semaphore::new(settings.connections)),
            refusals: Arc::new(Semaphore::new(REFUSALS)),
            by_address: Counts::default(),
            per_address: settings.connections_per_address,
            trusted_proxies: settings.trusted_proxies.clone(),
        }
    }

    /// A place for a connection from `peer`, if there is one.
    pub(super) fn take(&self, peer: IpAddr) -> Option<Slot> {
        let one_of_all = self.all.clone().try_acquire_owned().ok()?;
        let counted = self.count(peer.to_canonical()).ok()?;
        gauge!("hansard_http_connections").increment(1);
        Some(Slot { _one_of_all: one_of_all, counted })
    }

    /// Counts a connection of `peer`, unless it stands for many.
    fn count(&self, peer: IpAddr) -> Result<Option<(Counts, IpAddr)>, Full> {
        if peer.is_loopback() || self.trusted_proxies.contain(peer) {
            return Ok(None);
        }
        let address = network(peer);
        let mut counts = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= self.per_address {
            return Err(Full);
        }
        *count += 1;
        Ok(Some((self.by_address.clone(), address)))
    }

    /// A place for telling a connection that it has none.
    pub(super) fn refusal(&self) -> Option<OwnedSemaphorePermit> {
        self.refusals.clone().try_acquire_owned().ok()
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        gauge!("hansard_http_connections").decrement(1);
        let Some((counts, address)) = &self.counted else { return };
        let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_every_place() {
        let trusted_proxies: TrustedProxies = "192.0.2.1".parse().unwrap();
        let settings =
            ServeSettings { connections: 5, connections_per_address: 2, trusted_proxies, ..Default::default() };
        let slots = Slots::new(&settings);
        let take = |address: &str| slots.take(address.parse().unwrap());
        let (_one, two) = (take("2001:db8::1").unwrap(), take("2001:db8::2").unwrap());
        assert!(take("2001:db8::3").is_none(), "the same /64");
        drop(two);
        let _two = take("2001:db8::3").unwrap();
        let _proxied = [take("192.0.2.1").unwrap(), take("192.0.2.1").unwrap(), take("192.0.2.1").unwrap()];
        assert!(take("127.0.0.1").is_none(), "all five are taken");
    }

    #[test]
    fn nothing_is_remembered_of_who_left() {
        let slots = Slots::new(&ServeSettings::default());
        drop(slots.take("198.51.100.7".parse().unwrap()).unwrap());
        assert!(slots.by_address.lock().unwrap().is_empty());
    }
}
