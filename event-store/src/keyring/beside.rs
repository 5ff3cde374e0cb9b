//! Small things that lie outside of the log, sealed with a key that is on record: they end with it.

use std::sync::Arc;

use super::{Cipher, KeyError, Keyring, Slot};

impl Keyring {
    /// Seals what is to lie at `place`, outside of the log, with the key called `name`; nothing if that is destroyed, or
    /// never was.
    pub async fn seal_beside(&self, name: &str, place: &str, plain: &[u8]) -> Result<Option<Vec<u8>>, KeyError> {
        let found = self.alive(name).await?;
        Ok(found.map(|cipher| cipher.seal(plain, &bound(place))))
    }

    /// Opens what was sealed for `place`; nothing if the key is destroyed, or it is not what was sealed there.
    pub async fn open_beside(&self, name: &str, place: &str, sealed: &[u8]) -> Result<Option<Vec<u8>>, KeyError> {
        let found = self.alive(name).await?;
        Ok(found.and_then(|cipher| cipher.open(sealed, &bound(place))))
    }

    /// A key that is on record now, whatever is in memory.
    async fn alive(&self, name: &str) -> Result<Option<Arc<Cipher>>, KeyError> {
        self.hear().await?;
        Ok(match self.find(&[name.to_owned()]).await?.remove(name) {
            Some(Slot::Alive(key)) => Some(Arc::clone(&key.cipher)),
            Some(Slot::Destroyed) | None => None,
        })
    }
}

/// What binds it to its place, which no field of an event has.
fn bound(place: &str) -> Vec<u8> {
    format!("beside\n{place}").into_bytes()
}
