//! The versioned master key: it wraps the keys that no other key wraps, and is not in the database.

use std::collections::BTreeMap;
use std::sync::Arc;

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
    versions: Arc<BTreeMap<i32, Cipher>>,
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
        if versions.is_empty() { Err(BadMasterKey::Empty) } else { Ok(Self { versions: Arc::new(versions) }) }
    }

    /// The version that wraps new keys.
    pub(crate) fn newest(&self) -> i32 {
        *self.versions.last_key_value().expect("a master key has a version").0
    }

    /// A new key and its wrapped form.
    pub(crate) fn mint(&self, name: &str) -> (Zeroizing<[u8; 32]>, Vec<u8>) {
        let material = cipher::random();
        let wrapped = self.wrap(name, &material);
        (material, wrapped)
    }

    /// The wrapped form of a key under the newest version.
    pub(crate) fn wrap(&self, name: &str, material: &[u8; 32]) -> Vec<u8> {
        let (version, cipher) = self.versions.last_key_value().expect("a master key has a version");
        cipher.seal(material, &cipher::wrapping(name, &format!("master {version}")))
    }

    /// The key that `wrapped` holds; nothing if its version is not at hand or it does not open.
    pub(crate) fn unwrap(&self, name: &str, version: Option<i32>, wrapped: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
        let version = version?;
        let place = cipher::wrapping(name, &format!("master {version}"));
        let material = Zeroizing::new(self.versions.get(&version)?.open(wrapped, &place)?);
        Some(Zeroizing::new(material.as_slice().try_into().ok()?))
    }
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
        assert_eq!(both.unwrap("room/1", Some(1), &wrapped), Some(material));
        assert_eq!(both.newest(), 2);
        assert_eq!(both.unwrap("room/2", Some(1), &wrapped), None, "bound to its name");
        assert_eq!(both.unwrap("room/1", Some(2), &wrapped), None, "bound to its version");
    }

    #[test]
    fn a_file_of_another_form_is_refused_with_its_line() {
        assert_eq!(MasterKey::parse("\n").err(), Some(BadMasterKey::Empty));
        assert_eq!(MasterKey::parse("1:abc").err(), Some(BadMasterKey::Line(1)));
        assert_eq!(MasterKey::parse(&format!("#\n0:{}", "11".repeat(32))).err(), Some(BadMasterKey::Line(2)));
    }
}
