//! Argon2id, on threads of its own, for so many at a time.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::available_parallelism;

use api_kit::{Context, Problem};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use super::Password;

/// Memory of one Argon2id hash, in KiB: 19 MiB, with two passes and one lane.
///
/// Source: OWASP Password Storage Cheat Sheet, "Argon2id".
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes that may wait for each that is computed: some three seconds of them.
const WAITING: usize = 128;

/// What a password is compared with where there is none: costs what a real one costs, and nothing hashes to it.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Computes and checks hashes of passwords. Cheap to clone; clones share its workers.
#[derive(Clone)]
pub struct Hasher {
    context: Context,
    shared: Arc<Shared>,
}

struct Shared {
    /// One for each hash that is computed or waits.
    places: Arc<Semaphore>,
    /// One for each hash that is computed.
    workers: Arc<Semaphore>,
    computed: AtomicU64,
}

impl Hasher {
    /// As many workers as half of this machine's cores: signing in must not starve everything else.
    pub fn new(context: Context) -> Self {
        let cores = available_parallelism().map_or(1, NonZeroUsize::get);
        Self::with(context, (cores / 2).max(1), WAITING)
    }

    /// So many `workers`, and so many `waiting` for each before a hash is refused.
    pub fn with(context: Context, workers: usize, waiting: usize) -> Self {
        let places = Arc::new(Semaphore::new(workers + workers * waiting));
        let workers = Arc::new(Semaphore::new(workers));
        Self { context, shared: Arc::new(Shared { places, workers, computed: AtomicU64::new(0) }) }
    }

    /// The PHC string of a password's hash, with a fresh salt.
    pub(crate) async fn hash(&self, password: &Password) -> Result<String, Problem> {
        let (password, salt) = (password.clone(), self.context.random::<16>());
        self.compute(move || Ok(argon2()?.hash_password_with_salt(password.as_bytes(), &salt)?.to_string())).await
    }

    /// Whether a password has the hash `phc`; without one no password has, and it takes as long to find that out.
    pub(crate) async fn verify(&self, password: &Password, phc: Option<&str>) -> Result<bool, Problem> {
        let (password, known) = (password.clone(), phc.is_some());
        let phc = phc.unwrap_or(NOBODYS).to_owned();
        let right = self.compute(move || match argon2()?.verify_password(password.as_bytes(), phc.as_str()) {
            Ok(()) => Ok(true),
            Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(error),
        });
        Ok(right.await? && known)
    }

    /// How many hashes were computed since the start.
    pub fn computed(&self) -> u64 {
        self.shared.computed.load(Ordering::Relaxed)
    }

    /// Has a worker compute, unless too many wait already: 503.
    async fn compute<T: Send + 'static>(
        &self,
        hash: impl FnOnce() -> argon2::password_hash::Result<T> + Send + 'static,
    ) -> Result<T, Problem> {
        let shared = Arc::clone(&self.shared);
        let place = Arc::clone(&shared.places).try_acquire_owned().map_err(|_| {
            metrics::counter!("hansard_password_hashes_refused_total").increment(1);
            Problem::Overloaded
        })?;
        let worker = Arc::clone(&shared.workers).acquire_owned().await.map_err(Problem::internal)?;
        let computed = tokio::task::spawn_blocking(move || {
            // Both are held until the hash is computed, whether or not anybody still waits for it.
            let _held = (place, worker);
            shared.computed.fetch_add(1, Ordering::Relaxed);
            metrics::counter!("hansard_password_hashes_total").increment(1);
            hash()
        });
        computed.await.map_err(Problem::internal)?.map_err(Problem::internal)
    }
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher").field("computed", &self.computed()).finish_non_exhaustive()
    }
}

fn argon2() -> argon2::password_hash::Result<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests;
