//! Data keys: loaded and unwrapped once, minted by the command that first needs them, gone when destroyed.

mod beside;
mod blame;
mod cipher;
mod lost;
mod master;
mod mint;
mod names;
mod rotate;
mod seal;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, Weak};

use cqrs_es::persist::EventUpcaster;
use quick_cache::sync::Cache;
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::Recorded;
use crate::in_time::in_time;
use crate::upcast::Told;
pub(crate) use cipher::Cipher;
use lost::Lost;
use master::Locked;
pub use master::{BadMasterKey, MasterKey};
pub(crate) use mint::{Key, KeyUse, Mark, NoKey};
pub use names::KeyNames;
pub use rotate::Rotated;
pub(crate) use seal::{OPEN, Place, named, seal};

/// Data keys held in memory, about 1 KiB each with its expanded schedule.
const CACHED_KEYS: usize = 20_000;

/// A sealed field could not be opened, or a key not be had, for a reason other than the key's destruction.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key store could not be asked.
    #[error("the key store cannot be reached")]
    Unavailable(#[from] sqlx::Error),
    /// The ciphertext does not belong to this place, or was changed.
    #[error("a sealed field of the event at position {event} does not open with its key")]
    Damaged {
        /// Position of the event.
        event: i64,
    },
    /// A stored key is wrapped by a version of the master key that is not at hand, as during a rotation.
    #[error("the key {name} is wrapped by version {version} of the master key, which is not at hand")]
    MasterAway {
        /// The key's.
        name: String,
        /// Of the master key.
        version: i32,
    },
    /// A stored key does not unwrap with what wraps it, which opens others: its row was changed.
    #[error("the stored key {0} is damaged: it does not open with what wraps it")]
    DamagedKey(String),
    /// A stored key does not unwrap, nor does another: the master key is not the one of this database.
    #[error("the key {0} does not unwrap with the master key at hand")]
    WrongMaster(String),
    /// The payload is not JSON.
    #[error("the payload is not JSON")]
    NotJson(#[from] serde_json::Error),
}

/// A key that is or was on record.
#[derive(Clone)]
enum Slot {
    Alive(Arc<Key>),
    Destroyed,
}

/// The data keys of one process. Cheap to clone.
#[derive(Clone)]
pub struct Keyring {
    inner: Arc<Inner>,
}

struct Inner {
    pool: PgPool,
    master: MasterKey,
    names: KeyNames,
    /// How events of older shapes are read: whoever opens a payload reads it by these.
    upcasters: Vec<Box<dyn EventUpcaster>>,
    /// Keys that were used lately; none that is fleeting.
    cache: Cache<String, Slot>,
    /// Made by commands that are on their way: those after them use the same key, not one of their own.
    minted: Mutex<HashMap<String, Weak<Key>>>,
    lost: Lost,
}

/// A row of `keys.key`.
#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    wrapped: Option<Vec<u8>>,
    master_version: Option<i32>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").finish_non_exhaustive()
    }
}

impl Keyring {
    /// A keyring over schema `keys`, whose keys are called as `names` says. What is opened with them is read by `upcasters`.
    pub fn new(pool: PgPool, master: MasterKey, names: KeyNames, upcasters: Vec<Box<dyn EventUpcaster>>) -> Self {
        let (cache, minted, lost) = (Cache::new(CACHED_KEYS), Mutex::default(), Lost::default());
        Self { inner: Arc::new(Inner { pool, master, names, upcasters, cache, minted, lost }) }
    }

    /// What `events` tell, in today's shape, with their sealed fields opened (`{"key", "open"}`), in their order. `open` is
    /// missing of a field whose key is destroyed, and of one whose key is fleeting: nothing is made of that but where it is
    /// asked for. One query for all keys that are not cached.
    ///
    /// Keys in memory are used: [`Self::hear`] first where nothing may be opened that is destroyed by now.
    pub async fn open(&self, events: &[Recorded]) -> Result<Vec<Told>, KeyError> {
        Ok(self.all_told(events, self.open_as_stored(events).await?))
    }

    /// As [`Self::open`], the payloads in the shape that they are stored in: for who shows them, and makes nothing of them.
    pub async fn open_as_stored(&self, events: &[Recorded]) -> Result<Vec<Value>, KeyError> {
        self.open_where(events, |name| !(self.inner.names.is_fleeting)(name)).await
    }

    /// As [`Self::open`], with fields whose key is fleeting opened too. Those keys, and the keys that wrap them, are
    /// asked for each time, so that none is used that was destroyed before the call.
    pub async fn open_fleeting(&self, events: &[Recorded]) -> Result<Vec<Told>, KeyError> {
        Ok(self.all_told(events, self.open_where(events, |_| true).await?))
    }

    fn all_told(&self, events: &[Recorded], payloads: Vec<Value>) -> Vec<Told> {
        events.iter().zip(payloads).map(|(event, payload)| self.told(event, payload)).collect()
    }

    pub(crate) fn upcasters(&self) -> &[Box<dyn EventUpcaster>] {
        &self.inner.upcasters
    }

    async fn open_where(&self, events: &[Recorded], wanted: impl Fn(&str) -> bool) -> Result<Vec<Value>, KeyError> {
        let payloads = parsed(events)?;
        let mut names = payloads.iter().flat_map(|payload| named(payload, seal::BOX)).collect::<Vec<_>>();
        names.retain(|name| wanted(name));
        names.sort_unstable();
        names.dedup();
        let opened = open_all(events, payloads, &self.find(&names).await?);
        if !matches!(opened, Err(KeyError::Damaged { .. })) {
            return opened;
        }
        // What was held may be a key of a history that is lost, by the name of the one that sealed it.
        self.forget(&names);
        open_all(events, parsed(events)?, &self.find(&names).await?)
    }

    /// Opens the sealed fields of one stored payload; see [`Self::open`].
    pub(crate) async fn open_one(
        &self,
        payload: &mut Value,
        event_id: Uuid,
        stream: &str,
        event_type: &str,
    ) -> Result<(), KeyError> {
        let (names, place) = (named(payload, seal::BOX), Place { event_id, stream, event_type });
        if names.is_empty() {
            return Ok(());
        }
        let keys = self.find(&names).await?;
        let mut opened = payload.clone();
        if seal::open(&mut opened, &place, &cipher_of(&keys)).is_err() {
            // As in `open_where`.
            self.forget(&names);
            let keys = self.find(&names).await?;
            opened.clone_from(payload);
            seal::open(&mut opened, &place, &cipher_of(&keys))
                .map_err(|seal::DoesNotOpen| KeyError::Damaged { event: 0 })?;
        }
        *payload = opened;
        Ok(())
    }

    /// A secret that all instances share and that outlives rotations, such as a HMAC key. Minted by whoever asks first.
    pub async fn instance_secret(&self, name: &str) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        let (material, wrapped) = self.inner.master.mint(name);
        drop(material);
        sqlx::query("insert into keys.key (name, wrapped, master_version) values ($1, $2, $3) on conflict do nothing")
            .bind(name)
            .bind(&wrapped.bytes)
            .bind(wrapped.version)
            .execute(&self.inner.pool)
            .await?;
        let row = sqlx::query_as::<_, Row>("select name, wrapped, master_version from keys.key where name = $1")
            .bind(name)
            .fetch_one(&self.inner.pool)
            .await?;
        let wrapped = row.wrapped.ok_or_else(|| KeyError::WrongMaster(name.to_owned()))?;
        self.by_master(name, row.master_version, &wrapped)
    }

    /// Unwraps a key that the master key wraps.
    fn by_master(&self, name: &str, version: Option<i32>, wrapped: &[u8]) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        self.inner.master.unwrap(name, version, wrapped).map_err(|locked| match locked {
            Locked::Version(version) => KeyError::MasterAway { name: name.to_owned(), version },
            Locked::Damaged => KeyError::WrongMaster(name.to_owned()),
        })
    }

    /// Whether there is a key, not destroyed, whose name has the label `label` and one of `others`.
    pub async fn has_labelled(&self, label: &str, others: &[String]) -> Result<bool, KeyError> {
        let found = sqlx::query_scalar(
            "select exists (select from keys.key where labels @> array[$1] and labels && $2 and wrapped is not null)",
        );
        Ok(found.bind(label).bind(others).fetch_one(&self.inner.pool).await?)
    }

    /// Those of these keys that open what they sealed: on record, and neither they nor one that wraps them destroyed.
    /// Nothing is unwrapped for this, and nothing kept: they are asked for each time, fleeting ones too. One query.
    pub async fn usable(&self, names: &[String]) -> Result<HashSet<String>, KeyError> {
        let rows = self.with_wrapping(names).await?;
        let is_there = |name: &String| rows.get(name).is_some_and(|row| row.wrapped.is_some());
        let is_usable = |name: &&String| is_there(name) && (self.inner.names.wrapped_by)(name).iter().all(is_there);
        Ok(names.iter().filter(is_usable).cloned().collect())
    }

    /// Drops what is cached of these keys: another process made them first.
    pub(crate) fn forget(&self, names: &[String]) {
        let mut minted = self.inner.minted.lock().expect("no code panics while it holds this lock");
        for name in names {
            self.inner.cache.remove(name);
            minted.remove(name);
        }
    }

    /// Which of these keys are on record; absent ones are left out. A key whose wrapping key is gone is destroyed. Fleeting
    /// ones are never in the cache.
    async fn find(&self, names: &[String]) -> Result<HashMap<String, Slot>, KeyError> {
        let mut found = HashMap::with_capacity(names.len());
        let mut missing = Vec::new();
        for name in names {
            match self.inner.cache.get(name) {
                Some(slot) => _ = found.insert(name.clone(), slot),
                None => missing.push(name.clone()),
            }
        }
        if missing.is_empty() {
            return Ok(found);
        }
        let losses = self.begin_to_hear().await?;
        let rows = self.with_wrapping(&missing).await?;
        let mut cached = Vec::new();
        for name in missing {
            let slot = match self.unwrap(&name, &rows) {
                Ok(slot) => slot,
                Err(error) => return Err(self.blame(error).await),
            };
            if let Some(slot) = slot {
                if !(self.inner.names.is_fleeting)(&name) {
                    self.inner.cache.insert(name.clone(), slot.clone());
                    cached.push(name.clone());
                }
                found.insert(name, slot);
            }
        }
        if self.losses() != losses {
            // What was read before a key was lost may have come into the cache after the lost were dropped from it.
            self.forget(&cached);
        }
        Ok(found)
    }

    /// The rows of some keys, and of those that wrap them.
    async fn with_wrapping(&self, names: &[String]) -> Result<HashMap<String, Row>, sqlx::Error> {
        let wrapping = names.iter().flat_map(|name| (self.inner.names.wrapped_by)(name));
        let asked = names.iter().cloned().chain(wrapping).collect::<HashSet<_>>().into_iter().collect::<Vec<_>>();
        let rows = sqlx::query_as::<_, Row>("select name, wrapped, master_version from keys.key where name = any($1)")
            .bind(&asked)
            .fetch_all(&self.inner.pool);
        Ok(in_time(rows).await?.into_iter().map(|row| (row.name.clone(), row)).collect())
    }

    /// Unwraps a key of `rows`, and before it those that wrap it.
    fn unwrap(&self, name: &str, rows: &HashMap<String, Row>) -> Result<Option<Slot>, KeyError> {
        let Some(row) = rows.get(name) else { return Ok(None) };
        let Some(wrapped) = &row.wrapped else { return Ok(Some(Slot::Destroyed)) };
        let damaged = || KeyError::DamagedKey(name.to_owned());
        let alive = |material: &[u8; 32]| {
            let (cipher, wrapped) = (Arc::new(Cipher::new(material)), wrapped.as_slice().into());
            Ok(Some(Slot::Alive(Arc::new(Key { cipher, wrapped, master_version: row.master_version }))))
        };
        let outer = (self.inner.names.wrapped_by)(name);
        if outer.is_empty() {
            return alive(&*self.by_master(name, row.master_version, wrapped)?);
        }
        let mut layer = Zeroizing::new(wrapped.clone());
        for wrapper in outer.iter().rev() {
            let Some(Slot::Alive(key)) = self.unwrap(wrapper, rows)? else { return Ok(Some(Slot::Destroyed)) };
            layer = Zeroizing::new(key.cipher.open(&layer, &cipher::wrapping(name, wrapper)).ok_or_else(damaged)?);
        }
        alive(&Zeroizing::new(<[u8; 32]>::try_from(layer.as_slice()).map_err(|_| damaged())?))
    }
}

fn parsed(events: &[Recorded]) -> serde_json::Result<Vec<Value>> {
    events.iter().map(|event| serde_json::from_str(&event.payload)).collect()
}

/// The payloads of `events`, their sealed fields opened with those of `keys` that are alive.
fn open_all(
    events: &[Recorded],
    mut payloads: Vec<Value>,
    keys: &HashMap<String, Slot>,
) -> Result<Vec<Value>, KeyError> {
    for (event, payload) in events.iter().zip(&mut payloads) {
        let stream = event.stream();
        let place = Place { event_id: event.event_id, stream: &stream, event_type: &event.event_type };
        seal::open(payload, &place, &cipher_of(keys))
            .map_err(|seal::DoesNotOpen| KeyError::Damaged { event: event.position })?;
    }
    Ok(payloads)
}

fn cipher_of(keys: &HashMap<String, Slot>) -> impl Fn(&str) -> Option<Arc<Cipher>> {
    move |name| match keys.get(name) {
        Some(Slot::Alive(key)) => Some(Arc::clone(&key.cipher)),
        Some(Slot::Destroyed) | None => None,
    }
}
