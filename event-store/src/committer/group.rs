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

/// Why a command waits for the next group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Obstacle {
    /// The group is as large as one may be.
    Full,
    /// The same request is in it, or another of its name.
    Receipt,
    /// The same unique thing is taken or given back in it.
    Claim,
    /// A key that it seals with is destroyed in it or another one there, or it destroys one of the group's.
    Key,
    /// It rests on a stream that is written in it.
    Guard,
    /// It writes a stream that is written in it.
    Stream,
}

impl Obstacle {
    fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Receipt => "receipt",
            Self::Claim => "claim",
            Self::Key => "key",
            Self::Guard => "guard",
            Self::Stream => "stream",
        }
    }
}

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
        if let Some(obstacle) = self.obstacle(&waiting.append) {
            metrics::counter!("hansard_append_deferred_total", "cause" => obstacle.name()).increment(1);
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

    /// What keeps a command out of this group; none if it may come in.
    fn obstacle(&self, append: &Append) -> Option<Obstacle> {
        if self.is_full() {
            return Some(Obstacle::Full);
        }
        if append.receipts.iter().any(|receipt| self.receipts.contains(&(receipt.scope.clone(), receipt.key.clone()))) {
            return Some(Obstacle::Receipt);
        }
        if append.claims.iter().any(|claim| self.claimed.contains(&(claim.kind, claim.digest.clone()))) {
            return Some(Obstacle::Claim);
        }
        let other_key = append.keys.iter().any(|key| {
            let is_another = |listed: &Arc<[u8]>| *listed != key.key.wrapped;
            self.destroyed.contains(&key.name) || self.sealing.get(&key.name).is_some_and(is_another)
        });
        let is_of_group = |name: &String| self.sealing.contains_key(name) || self.destroyed.contains(name);
        if other_key || append.destroyed_keys.iter().any(is_of_group) {
            return Some(Obstacle::Key);
        }
        let (moved, _) = append.guards.iter().find(|(stream, _)| self.written.contains(stream))?;
        let is_written = append.events.iter().any(|event| event.stream == *moved);
        Some(if is_written { Obstacle::Stream } else { Obstacle::Guard })
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;
    use uuid::Uuid;

    use super::*;
    use crate::append::{Claim, NewEvent, NewReceipt};
    use crate::keyring::{Cipher, Key, KeyUse};

    fn stream(id: &str) -> Stream {
        Stream::new("room", id)
    }

    fn event(id: &str, payload: String) -> NewEvent {
        NewEvent {
            stream: stream(id),
            sequence: 1,
            event_type: String::new(),
            event_version: String::new(),
            payload,
            metadata: String::new(),
            event_id: Uuid::nil(),
        }
    }

    /// A command that writes one stream and rests on another besides.
    fn command(written: &str, rests_on: &str) -> Append {
        let guards = vec![(stream(rests_on), 3), (stream(written), 0)];
        Append { guards, events: vec![event(written, String::new())], ..Append::default() }
    }

    fn claiming(written: &str, kind: &'static str, digest: u8, take: bool) -> Append {
        let claim = Claim { kind, digest: vec![digest], owner: written.to_owned(), take };
        Append { claims: vec![claim], ..command(written, "rules") }
    }

    fn named(written: &str, scope: &str, key: &str) -> Append {
        let (scope, key) = (scope.to_owned(), key.to_owned());
        Append {
            receipts: vec![NewReceipt { scope, key, mac: vec![], answer: String::new() }],
            ..command(written, "rules")
        }
    }

    fn sealing(written: &str, name: &str, wrapped: u8) -> Append {
        let (cipher, wrapped) = (Arc::new(Cipher::new(&[7; 32])), Arc::from([wrapped; 16]));
        let key = Arc::new(Key { cipher, wrapped, master_version: None });
        Append { keys: vec![KeyUse { name: name.to_owned(), key, is_new: true }], ..command(written, "rules") }
    }

    fn destroying(written: &str, name: &str) -> Append {
        Append { destroyed_keys: vec![name.to_owned()], ..command(written, "rules") }
    }

    fn waiting(append: Append) -> Waiting {
        Waiting { append, answer: oneshot::channel().0, suspect: false }
    }

    #[test]
    fn a_command_waits_for_the_next_group_where_an_earlier_one_changes_what_it_rests_on() {
        let cases = [
            ("nothing is shared", command("a", "b"), command("c", "d"), None),
            ("both rest on the same", command("a", "rules"), command("b", "rules"), None),
            ("the later one writes what the earlier one rests on", command("a", "rules"), command("rules", "b"), None),
            ("it rests on what is written", command("rules", "b"), command("a", "rules"), Some(Obstacle::Guard)),
            ("both write the same", command("a", "b"), command("a", "c"), Some(Obstacle::Stream)),
            (
                "one takes what is taken",
                claiming("a", "name", 1, true),
                claiming("b", "name", 1, true),
                Some(Obstacle::Claim),
            ),
            (
                "it takes what is given back",
                claiming("a", "name", 1, false),
                claiming("b", "name", 1, true),
                Some(Obstacle::Claim),
            ),
            (
                "it gives back what is taken",
                claiming("a", "name", 1, true),
                claiming("b", "name", 1, false),
                Some(Obstacle::Claim),
            ),
            ("other things are taken", claiming("a", "name", 1, true), claiming("b", "name", 2, true), None),
            ("a thing of another kind is taken", claiming("a", "name", 1, true), claiming("b", "email", 1, true), None),
            ("the same request", named("a", "alice", "key/1"), named("b", "alice", "key/1"), Some(Obstacle::Receipt)),
            ("another request", named("a", "alice", "key/1"), named("b", "alice", "key/2"), None),
            ("another's request", named("a", "alice", "key/1"), named("b", "bob", "key/1"), None),
            ("the same key", sealing("a", "k", 1), sealing("b", "k", 1), None),
            ("another key of its name", sealing("a", "k", 1), sealing("b", "k", 2), Some(Obstacle::Key)),
            ("it seals with what is destroyed", destroying("a", "k"), sealing("b", "k", 1), Some(Obstacle::Key)),
            ("it destroys what is sealed with", sealing("a", "k", 1), destroying("b", "k"), Some(Obstacle::Key)),
            ("both destroy the same key", destroying("a", "k"), destroying("b", "k"), Some(Obstacle::Key)),
            ("another key is destroyed", sealing("a", "k", 1), destroying("b", "l"), None),
        ];
        for (case, earlier, later, obstacle) in cases {
            let mut group = Group::default();
            assert!(group.admit(waiting(earlier)).is_none(), "{case}: the first one");
            assert_eq!(group.obstacle(&later), obstacle, "{case}");
            let given_back = group.admit(waiting(later));
            assert_eq!(given_back.is_some(), obstacle.is_some(), "{case}");
            assert_eq!(group.into_members().len(), if obstacle.is_some() { 1 } else { 2 }, "{case}");
        }
    }

    #[test]
    fn who_was_given_back_leaves_nothing_in_the_group() {
        let mut group = Group::default();
        assert!(group.admit(waiting(command("a", "rules"))).is_none());
        assert!(group.admit(waiting(command("b", "a"))).is_some());
        assert!(group.admit(waiting(command("c", "b"))).is_none(), "nobody in it writes what it rests on");
    }

    #[test]
    fn a_group_holds_so_many_commands_and_so_many_bytes_and_a_larger_command_goes_alone() {
        let mut group = Group::default();
        for number in 0..COMMANDS {
            assert!(group.admit(waiting(command(&number.to_string(), "rules"))).is_none(), "{number}");
        }
        assert_eq!(group.obstacle(&command("one more", "rules")), Some(Obstacle::Full));

        let mut group = Group::default();
        let events = vec![event("a", "x".repeat(BYTES + 1))];
        let large = Append { events, ..command("a", "rules") };
        assert!(group.admit(waiting(large)).is_none());
        assert_eq!(group.obstacle(&command("b", "rules")), Some(Obstacle::Full));
    }
}
