//! Keys for sealing: those on record, and new ones that the append of their first event will write.

use std::sync::{Arc, Weak};

use zeroize::Zeroizing;

use super::cipher::{self, Cipher};
use super::{KeyError, Keyring, Slot};

/// A key, and as what it is on record, or will be. One that is not yet lives as long as a command that would write it.
pub(crate) struct Key {
    pub(crate) cipher: Arc<Cipher>,
    /// Tells it from another of its name.
    pub(crate) wrapped: Arc<[u8]>,
    /// Of a key that the master key wraps.
    pub(crate) master_version: Option<i32>,
}

/// What tells a wrapped key from any other: the random nonce that it begins with. Kept where the key itself must not be, as it
/// may be destroyed.
pub(crate) type Mark = [u8; cipher::NONCE];

impl Key {
    pub(crate) fn mark(&self) -> Mark {
        self.wrapped.first_chunk().copied().unwrap_or_default()
    }
}

/// A key that a command needs: the append checks that this is the one on record, and alive, or writes it.
#[derive(Clone)]
pub(crate) struct KeyUse {
    pub(crate) name: String,
    pub(crate) key: Arc<Key>,
    /// Whether it was not on record when the command looked.
    pub(crate) is_new: bool,
}

/// Why there is no key to seal with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoKey {
    #[error("the key {0} is destroyed")]
    Destroyed(String),
    #[error(transparent)]
    Failed(#[from] KeyError),
}

impl Keyring {
    /// The keys called `names`, and those that wrap them, for sealing: on record or newly minted.
    pub(crate) async fn for_sealing(&self, names: &[String]) -> Result<Vec<KeyUse>, NoKey> {
        let mut all = names.iter().flat_map(|name| (self.inner.names.wrapped_by)(name)).collect::<Vec<_>>();
        all.extend_from_slice(names); // wrapping keys first: the others are minted with them
        let mut seen = std::collections::HashSet::new();
        all.retain(|name| seen.insert(name.clone()));
        let found = self.find(&all).await?;
        let mut uses = Vec::<KeyUse>::with_capacity(all.len());
        for name in all {
            let (key, is_new) = match found.get(&name) {
                Some(Slot::Alive(key)) => (Arc::clone(key), false),
                Some(Slot::Destroyed) => return Err(NoKey::Destroyed(name)),
                None => (self.mint(&name, &uses), true),
            };
            uses.push(KeyUse { name, key, is_new });
        }
        Ok(uses)
    }

    /// Those of `uses` that were new are on record now; one that is fleeting is not kept, nor is any if keys were lost since
    /// there were `losses`: another history may have begun.
    pub(crate) fn confirm(&self, uses: &[KeyUse], losses: u64) {
        let mut cached = Vec::new();
        for KeyUse { name, key, is_new } in uses {
            if *is_new && !(self.inner.names.is_fleeting)(name) {
                self.inner.cache.insert(name.clone(), Slot::Alive(Arc::clone(key)));
                self.inner.minted.lock().expect("no code panics while it holds this lock").remove(name);
                cached.push(name.clone());
            }
        }
        if self.losses() != losses {
            self.forget(&cached);
        }
    }

    /// A new key, or the one that another command of this process has just made under this name.
    fn mint(&self, name: &str, wrapping: &[KeyUse]) -> Arc<Key> {
        let mut pending = self.inner.minted.lock().expect("no code panics while it holds this lock");
        if let Some(minted) = pending.get(name).and_then(Weak::upgrade) {
            return minted;
        }
        // Of commands that were refused, or that nobody waits for any more.
        pending.retain(|_, minted| minted.strong_count() > 0);
        let outer = (self.inner.names.wrapped_by)(name);
        let minted = if outer.is_empty() {
            let (material, wrapped) = self.inner.master.mint(name);
            let cipher = Arc::new(Cipher::new(&material));
            Key { cipher, wrapped: wrapped.bytes.into(), master_version: Some(wrapped.version) }
        } else {
            let material = cipher::random();
            let layers = outer.iter().fold(Zeroizing::new(material.to_vec()), |inner, wrapper| {
                let used = wrapping.iter().find(|used| used.name == *wrapper).expect("wrapping keys are found first");
                Zeroizing::new(used.key.cipher.seal(&inner, &cipher::wrapping(name, wrapper)))
            });
            Key { cipher: Arc::new(Cipher::new(&material)), wrapped: layers.as_slice().into(), master_version: None }
        };
        let minted = Arc::new(minted);
        if !(self.inner.names.is_fleeting)(name) {
            pending.insert(name.to_owned(), Arc::downgrade(&minted));
        }
        minted
    }
}
