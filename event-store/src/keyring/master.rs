//! The versioned master key: it wraps the keys that no other key wraps, and is not in the database.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use zeroize::Zeroizing;

use super::cipher::{self, Cipher};

/// A master key file that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMasterKey {
    /// No line at all.
    #[error("the master key file holds no key")]
    Empty,
    /// A line of another form.
    #[error("line {0} of the master key file is not `<version>:<64 hex digits>`")]
    Line(usize),
}

/// The master keys at hand, by version; the greatest wraps, the others only unwrap. Cheap to clone.
#[derive(Clone)]
pub struct MasterKey {
    versions: Arc<RwLock<Versions>>,
    read_again: Option<Arc<ReadAgain>>,
}

type Versions = Arc<BTreeMap<i32, Cipher>>;
type ReadAgain = dyn Fn() -> Option<MasterKey> + Send + Sync;

/// A key as the newest version wraps it.
pub(crate) struct Wrapped {
    pub(crate) bytes: Vec<u8>,
    pub(crate) version: i32,
}

/// Why a wrapped key does not open.
pub(crate) enum Locked {
    /// Of another version than those at hand.
    Version(i32),
    /// It is not what was wrapped.
    Damaged,
}

impl MasterKey {
    /// Reads the text of a master key file: a line a version, `<version>:<64 hex digits>`; blank lines and `#` are
    /// passed over.
    pub fn parse(text: &str) -> Result<Self, BadMasterKey> {
        let mut versions = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let bad = || BadMasterKey::Line(index + 1);
            let (version, digits) = line.split_once(':').ok_or_else(bad)?;
            let version = version.parse::<i32>().ok().filter(|version| *version > 0).ok_or_else(bad)?;
            let mut material = Zeroizing::new([0_u8; 32]);
            hex::decode_to_slice(digits, material.as_mut()).map_err(|_| bad())?;
            versions.insert(version, Cipher::new(&material));
        }
        let versions = Arc::new(RwLock::new(Arc::new(versions)));
        if versions_of(&versions).is_empty() {
            Err(BadMasterKey::Empty)
        } else {
            Ok(Self { versions, read_again: None })
        }
    }

    /// The same, read again when a key is met that a version wraps which is not at hand.
    #[must_use]
    pub fn read_again_by(self, read: impl Fn() -> Option<Self> + Send + Sync + 'static) -> Self {
        Self { read_again: Some(Arc::new(read)), ..self }
    }

    /// The version that wraps new keys.
    pub(crate) fn newest(&self) -> i32 {
        *versions_of(&self.versions).last_key_value().expect("a master key has a version").0
    }

    /// A new key and its wrapped form.
    pub(crate) fn mint(&self, name: &str) -> (Zeroizing<[u8; 32]>, Wrapped) {
        let material = cipher::random();
        let wrapped = self.wrap(name, &material);
        (material, wrapped)
    }

    /// The wrapped form of a key under the newest version.
    pub(crate) fn wrap(&self, name: &str, material: &[u8; 32]) -> Wrapped {
        let versions = versions_of(&self.versions);
        let (version, cipher) = versions.last_key_value().expect("a master key has a version");
        let bytes = cipher.seal(material, &cipher::wrapping(name, &format!("master {version}")));
        Wrapped { bytes, version: *version }
    }

    /// The key that `wrapped` holds.
    pub(crate) fn unwrap(
        &self,
        name: &str,
        version: Option<i32>,
        wrapped: &[u8],
    ) -> Result<Zeroizing<[u8; 32]>, Locked> {
        let version = version.ok_or(Locked::Damaged)?;
        let versions = self.with(version).ok_or(Locked::Version(version))?;
        let place = cipher::wrapping(name, &format!("master {version}"));
        let material = versions.get(&version).and_then(|cipher| cipher.open(wrapped, &place)).map(Zeroizing::new);
        let material = material.and_then(|material| material.as_slice().try_into().ok());
        material.map(Zeroizing::new).ok_or(Locked::Damaged)
    }

    /// Versions that have `version`: those at hand, or those that are read now, and are at hand from then on.
    fn with(&self, version: i32) -> Option<Versions> {
        let at_hand = Some(versions_of(&self.versions)).filter(|versions| versions.contains_key(&version));
        at_hand.or_else(|| {
            let read = versions_of(&self.read_again.as_ref()?()?.versions);
            read.contains_key(&version).then(|| {
                tracing::info!(master_key.version = version, "the master key was read again");
                *self.versions.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&read);
                read
            })
        })
    }
}

fn versions_of(versions: &RwLock<Versions>) -> Versions {
    Arc::clone(&versions.read().unwrap_or_else(PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_version_wraps_and_older_ones_still_unwrap() {
        let first = MasterKey::parse(&format!("1:{}", "11".repeat(32))).expect("a key");
        let both =
            MasterKey::parse(&format!("# rotated\n1:{}\n\n2:{}", "11".repeat(32), "22".repeat(32))).expect("keys");
        let (material, wrapped) = first.mint("room/1");
        assert_eq!((wrapped.version, both.newest()), (1, 2));
        let opened = |name, version| both.unwrap(name, Some(version), &wrapped.bytes);
        assert_eq!(opened("room/1", 1).ok(), Some(material));
        assert!(matches!(opened("room/2", 1), Err(Locked::Damaged)), "bound to its name");
        assert!(matches!(opened("room/1", 2), Err(Locked::Damaged)), "bound to its version");
        assert!(matches!(opened("room/1", 3), Err(Locked::Version(3))));
    }

    #[test]
    fn a_file_of_another_form_is_refused_with_its_line() {
        assert_eq!(MasterKey::parse("\n").err(), Some(BadMasterKey::Empty));
        assert_eq!(MasterKey::parse("1:abc").err(), Some(BadMasterKey::Line(1)));
        assert_eq!(MasterKey::parse(&format!("#\n0:{}", "11".repeat(32))).err(), Some(BadMasterKey::Line(2)));
    }
}
