//! Which commands go into one commit: none that touches what an earlier one of the group changes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::Waiting;
use crate::append::Append;
use crate::stream::Stream;

/// Commands of one group, at most.
const COMMANDS: usize = 1024;

/// Bytes of one group, roughly, at most; a single larger command goes alone.
const BYTES: usize = 1024 * 1024;

#[derive(Default)]
pub(super) struct Group {
    members: Vec<Waiting>,
    bytes: usize,
    written: HashSet<Stream, RandomState>,
    claimed: HashSet<(&'static str, Vec<u8>), RandomState>,
    receipts: HashSet<(String, String), RandomState>,
    sealing: HashMap<String, Arc<[u8]>, RandomState>,
    destroyed: HashSet<String, RandomState>,
}

impl Group {
    pub(super) fn is_full(&self) -> bool {
        self.members.len() >= COMMANDS || self.bytes >= BYTES
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn into_members(self) -> Vec<Waiting> {
        self.members
    }

    /// Takes a command in, or gives it back to wait for the next group.
    ///
    /// A later command may change what an earlier one rests on: the earlier one comes first in the log. The other way
    /// round the later one would rest on what is no longer so.
    pub(super) fn admit(&mut self, waiting: Waiting) -> Option<Waiting> {
        if self.is_full() || !self.fits(&waiting.append) {
            return Some(waiting);
        }
        let append = &waiting.append;
        self.bytes += append.size();
        self.written.extend(append.events.iter().map(|event| event.stream.clone()));
        self.claimed.extend(append.claims.iter().map(|claim| (claim.kind, claim.digest.clone())));
        self.receipts.extend(append.receipts.iter().map(|receipt| (receipt.scope.clone(), receipt.key.clone())));
        self.sealing.extend(append.keys.iter().map(|key| (key.name.clone(), Arc::clone(&key.key.wrapped))));
        self.destroyed.extend(append.destroyed_keys.iter().cloned());
        self.members.push(waiting);
        None
    }

    fn fits(&self, append: &Append) -> bool {
        append.guards.iter().all(|(stream, _)| !self.written.contains(stream))
            && append.claims.iter().all(|claim| !self.claimed.contains(&(claim.kind, claim.digest.clone())))
            && append
                .receipts
                .iter()
                .all(|receipt| !self.receipts.contains(&(receipt.scope.clone(), receipt.key.clone())))
            && append.keys.iter().all(|key| {
                !self.destroyed.contains(&key.name)
                    && self.sealing.get(&key.name).is_none_or(|listed| *listed == key.key.wrapped)
            })
            && append
                .destroyed_keys
                .iter()
                .all(|name| !self.sealing.contains_key(name) && !self.destroyed.contains(name))
    }
}
