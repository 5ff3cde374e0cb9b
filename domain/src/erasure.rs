//! Erasure: what ends for good, because the keys that it was sealed with are destroyed.

use serde::{Deserialize, Serialize};

use crate::id::{ErasureId, derived};
use crate::sealed::KeyName;

/// What an append destroyed for good. Events that erase hold it; their receipt is known by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// Names its receipt.
    pub id: ErasureId,
    /// The keys that are destroyed; whatever they wrapped ends with them.
    pub keys: Vec<KeyName>,
}

impl Erasure {
    /// The erasure that destroys `key`: one and the same whenever it is asked for, as a key is destroyed once.
    pub fn of(key: KeyName) -> Self {
        Self { id: ErasureId(derived("erasure", key.as_str())), keys: vec![key] }
    }

    /// The same, which destroys these keys besides.
    #[must_use]
    pub fn with(mut self, keys: impl IntoIterator<Item = KeyName>) -> Self {
        self.keys.extend(keys);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ALICE, BOB};

    #[test]
    fn a_key_is_destroyed_by_one_erasure() {
        let erasure = Erasure::of(KeyName::user(ALICE));
        assert_eq!(
            (erasure.keys.as_slice(), &erasure),
            ([KeyName::user(ALICE)].as_slice(), &Erasure::of(KeyName::user(ALICE)))
        );
        assert_ne!(erasure.id, Erasure::of(KeyName::user(BOB)).id);
    }
}
