//! Which commands were done, and how they were answered.

use std::collections::{BTreeMap, BTreeSet};

use super::step::Act;
use super::world::Answer;

/// Every problem that a command on rooms, members, messages and calls is refused with.
const REFUSALS: [&str; 24] = [
    "archived",
    "banned",
    "blocked",
    "call-ended",
    "call-in-progress",
    "forbidden",
    "forwarded",
    "groups-only",
    "id-taken",
    "invalid",
    "invite-spent",
    "limit-reached",
    "members-fixed",
    "message-deleted",
    "not-a-member",
    "not-found",
    "not-signed-in",
    "not-the-author",
    "not-the-owner",
    "outranked",
    "position-unknown",
    "stays-secret",
    "too-many-reactions",
    "version-mismatch",
];

/// Every command on rooms, members, messages and calls; and of people those that rooms depend on.
const COMMANDS: [&str; 38] = [
    "AcceptInvite",
    "AddMember",
    "AddReaction",
    "ArchiveRoom",
    "AssignRoles",
    "BanMember",
    "BlockUser",
    "ChangeRole",
    "CloseRoom",
    "CreateGroup",
    "CreateInvite",
    "DeclineCall",
    "DefineRole",
    "DeleteMessage",
    "DeleteRole",
    "EditMessage",
    "EndCall",
    "ForwardMessage",
    "JoinCall",
    "JoinRoom",
    "LeaveCall",
    "LeaveRoom",
    "MarkRead",
    "OpenDialog",
    "OpenSecret",
    "PinMessage",
    "ReinstateUser",
    "RemoveMember",
    "RemoveReaction",
    "RevokeInvite",
    "SendMessage",
    "StartCall",
    "TransferOwnership",
    "UnarchiveRoom",
    "UnbanMember",
    "UnpinMessage",
    "UpdateMembership",
    "UpdateRoom",
];

/// Of people, what is never refused to who is asked to do it.
const DONE: [&str; 3] = ["EraseUser", "SuspendUser", "UnblockUser"];

/// How often each command was answered in each way.
#[derive(Clone, Debug, Default)]
pub(super) struct Coverage(BTreeMap<(String, String), usize>);

impl Coverage {
    pub(super) fn count(&mut self, act: &Act, answer: Answer) {
        let answer = answer.map_or_else(str::to_owned, |status| status.to_string());
        *self.0.entry((command(act), answer)).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: Self) {
        for (way, count) in other.0 {
            *self.0.entry(way).or_default() += count;
        }
    }

    /// Fails unless every command was done and refused, and every refusal occurred.
    pub(super) fn is_whole(&self) {
        let ways = self.0.keys().map(|(command, answer)| (command.as_str(), answer.as_str()));
        let refused: BTreeSet<_> = ways.clone().filter(|(_, answer)| REFUSALS.contains(answer)).collect();
        let refusals: BTreeSet<_> = refused.iter().map(|(_, answer)| *answer).collect();
        let commands: BTreeSet<_> = refused.iter().map(|(command, _)| *command).collect();
        let done: BTreeSet<_> =
            ways.filter(|(_, answer)| !REFUSALS.contains(answer)).map(|(command, _)| command).collect();
        let lacking = |all: &[&'static str], seen: &BTreeSet<&str>| -> Vec<&str> {
            all.iter().copied().filter(|one| !seen.contains(one)).collect()
        };
        let never = [
            ("refused with", lacking(&REFUSALS, &refusals)),
            ("refused", lacking(&COMMANDS, &commands)),
            ("done", lacking(&[&COMMANDS[..], &DONE].concat(), &done)),
        ];
        for (way, never) in never {
            assert!(never.is_empty(), "never {way}: {never:?}\n{}", self.told());
        }
    }

    /// As a table.
    pub(super) fn told(&self) -> String {
        let line = |((command, answer), count): (&(String, String), &usize)| format!("{count:>6} {command} {answer}");
        self.0.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// What the contract calls it.
fn command(act: &Act) -> String {
    if let Act::AddMember { roles: Some(_), .. } = act {
        return "AssignRoles".to_owned();
    }
    let debugged = format!("{act:?}");
    debugged.split(' ').next().unwrap_or_default().to_owned()
}

/// The statuses of problems, as they are documented.
#[derive(Debug)]
pub(super) struct Problems(BTreeMap<String, u16>);

impl Problems {
    pub(super) fn documented() -> Self {
        let manual = include_str!("../../../../docs/problems.md");
        let entries = manual.split("\n## ").skip(1);
        let entry = |entry: &str| {
            let (slug, text) = entry.split_once('\n')?;
            Some((slug.trim().to_owned(), text.trim().get(..3)?.parse().ok()?))
        };
        Self(entries.filter_map(entry).collect())
    }

    pub(super) fn status(&self, slug: &str) -> u16 {
        self.0.get(slug).copied().unwrap_or_default()
    }
}
