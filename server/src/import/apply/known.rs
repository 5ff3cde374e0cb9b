//! What is on record of a batch, looked up at once: a second import, and one that goes on, read rather than try.

use std::collections::HashSet;

use cqrs_es::Aggregate;
use domain::file::File;
use domain::membership::Membership;
use domain::message::Message;
use domain::reaction::Reaction;
use domain::user::User;
use event_store::StoreError;
use sha2::{Digest, Sha256};

use super::super::{Dated, Fact};
use super::Importer;

/// The kind of claim that marks what was told.
pub(super) const TOLD: &str = "import";

/// What is on record of a batch.
pub(super) struct Known {
    streams: HashSet<(String, String)>,
    told: HashSet<Vec<u8>>,
}

impl Known {
    /// What is on record of a batch. Of who was erased until now no state is held in memory after it: a probe of an index.
    pub(super) async fn of(importer: &Importer<'_>, batch: &[Dated]) -> Result<Self, StoreError> {
        importer.store.keyring().hear().await?;
        let mut marks = Vec::new();
        let mut streams = Vec::<(&str, String)>::new();
        for dated in batch {
            match &dated.fact {
                Fact::Message { id, .. } | Fact::Edited { id, .. } | Fact::Pinned { id, .. } => {
                    streams.push((Message::TYPE, id.to_string()));
                }
                Fact::File { id, .. } => streams.push((File::TYPE, id.to_string())),
                Fact::Reacted { id, user, .. } => {
                    streams.push((Message::TYPE, id.to_string()));
                    streams.push((Reaction::TYPE, Reaction::stream(*id, importer.own(*user))));
                }
                Fact::Registered { user, .. } => streams.push((User::TYPE, user.to_string())),
                Fact::Joined { room, user, .. } | Fact::Left { room, user } => {
                    streams.push((Membership::TYPE, Membership::stream(importer.here(*room), importer.own(*user))));
                    marks.push(mark(dated));
                }
                Fact::RoomCreated { .. }
                | Fact::RoomRenamed { .. }
                | Fact::TopicChanged { .. }
                | Fact::ModeratorsMade { .. }
                | Fact::MadeModerator { .. }
                | Fact::Preferred { .. }
                | Fact::Archived { .. }
                | Fact::Unarchived { .. } => marks.push(mark(dated)),
            }
        }
        let told = if marks.is_empty() { HashSet::new() } else { importer.store.claimed_of(TOLD, &marks).await? };
        streams.sort_unstable();
        streams.dedup();
        let (kinds, ids): (Vec<_>, Vec<_>) = streams.iter().map(|(kind, id)| (*kind, id.as_str())).unzip();
        let streams = importer.store.reader().begun(&kinds, &ids).await?;
        Ok(Self { streams: streams.into_iter().collect(), told })
    }

    /// Whether a stream was there.
    pub(super) fn is_there<A: Aggregate>(&self, id: &str) -> bool {
        self.streams.contains(&(A::TYPE.to_owned(), id.to_owned()))
    }

    /// Whether a change was told.
    pub(super) fn is_told(&self, mark: &[u8]) -> bool {
        self.told.contains(mark)
    }
}

/// What marks a change as told.
pub(super) fn mark(dated: &Dated) -> Vec<u8> {
    Sha256::digest(format!("{}\n{}", dated.origin.source, dated.origin.source_id)).to_vec()
}
