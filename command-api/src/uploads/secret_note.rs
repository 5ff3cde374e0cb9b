//! What is noted of an upload for a secret room: nothing of it lies on the disk in clear.
//!
//! Chunks lie there as they will be kept. What there is of the next one lies in the note, sealed like them, under that
//! chunk's number: it counts while as many chunks are there, and so does the one before, should a part not come to stay.

use api_kit::Problem;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use blob_store::sealed::{CHUNK, SealKey, chunk_size, sealed_size, whole_chunks};
use bytes::Bytes;
use domain::id::{FileId, RoomId, UserId};
use domain::sealed::KeyName;
use event_store::Keyring;
use serde::{Deserialize, Serialize};

use super::note::Note;
use crate::files::record::Whisper;

/// What is noted of an upload for a secret room.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SecretNote {
    room_id: RoomId,
    /// [`Told`], sealed with the key of whose upload it is, in base64; nothing once it is a file.
    told: Option<String>,
    begun: Vec<BegunChunk>,
    /// What `told` holds, while it is open.
    #[serde(skip)]
    key: Option<SealKey>,
}

/// What is sealed of a note.
#[derive(Serialize, Deserialize)]
struct Told {
    metadata: Option<String>,
    filename: String,
    /// What the bytes are sealed with: 32 bytes in hex.
    key: String,
}

/// The beginning of a chunk.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct BegunChunk {
    number: u64,
    /// In base64.
    sealed: String,
}

impl Note {
    /// Has nothing of it noted in clear, as it is for a secret room.
    pub(super) async fn seal(
        &mut self,
        keyring: &Keyring,
        (user, id): (UserId, FileId),
        Whisper { room, key }: Whisper,
    ) -> Result<(), Problem> {
        let told = Told { metadata: self.metadata.clone(), filename: self.filename.clone(), key: key.to_hex() };
        let told = serde_json::to_vec(&told).map_err(Problem::internal)?;
        let sealed = keyring.seal_beside(KeyName::user(user).as_str(), &place(id), &told).await?;
        // Whose key is destroyed is gone.
        let told = Some(STANDARD_NO_PAD.encode(sealed.ok_or(Problem::NotSignedIn)?));
        self.secret = Some(SecretNote { room_id: room, told, begun: vec![], key: Some(key) });
        Ok(())
    }

    /// Opens what is sealed of it, for whose upload it is.
    pub(super) async fn open(&mut self, keyring: &Keyring, user: UserId, id: FileId) -> Result<(), Problem> {
        let Some(secret) = &mut self.secret else { return Ok(()) };
        let Some(told) = &secret.told else { return Ok(()) };
        let told = STANDARD_NO_PAD.decode(told).map_err(Problem::internal)?;
        let told = keyring.open_beside(KeyName::user(user).as_str(), &place(id), &told).await?;
        let told: Told = serde_json::from_slice(&told.ok_or(Problem::NotFound)?).map_err(Problem::internal)?;
        secret.key = SealKey::from_hex(&told.key);
        (self.metadata, self.filename) = (told.metadata, told.filename);
        Ok(())
    }
}

impl SecretNote {
    /// The room, and what the bytes are sealed with.
    pub(super) fn whisper(&self) -> Result<Whisper, Problem> {
        let key = self.key.clone().ok_or_else(|| Problem::internal("the note of an upload was not opened"))?;
        Ok(Whisper { room: self.room_id, key })
    }

    /// How many of `length` bytes came, if so many are kept of them.
    pub(super) fn offset(&self, kept: u64, length: u64) -> u64 {
        if kept == sealed_size(length) {
            return length;
        }
        let chunks = whole_chunks(kept);
        let begun = self.begun(chunks).map_or(0, |begun| chunk_size(begun.len()));
        chunks * CHUNK as u64 + begun
    }

    /// What there is of the chunk that comes after so many.
    pub(super) fn begun(&self, chunks: u64) -> Option<Vec<u8>> {
        let begun = self.begun.iter().find(|begun| begun.number == chunks)?;
        STANDARD_NO_PAD.decode(&begun.sealed).ok()
    }

    /// The chunk after `number` has begun; before the part that brought it, the one after `before` had.
    pub(super) fn goes_on(&mut self, before: u64, number: u64, begun: Option<Bytes>) {
        self.begun.retain(|known| known.number == before && before != number);
        self.begun.extend(begun.map(|begun| BegunChunk { number, sealed: STANDARD_NO_PAD.encode(begun) }));
    }

    /// It is a file: what opens that stands in the log alone.
    pub(super) fn is_done(&mut self) {
        (self.told, self.key, self.begun) = (None, None, vec![]);
    }
}

/// What is sealed of a note is bound to its upload.
fn place(id: FileId) -> String {
    format!("upload/{id}")
}
