//! Which commands were done and which queries asked, and how they were answered.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::query::Query;
use super::shown::Shown;
use super::step::Act;
use super::world::Answer;
use crate::openapi::COMMITTED;

/// Where every problem is documented.
const PROBLEMS: &str = include_str!("../../../../docs/problems.md");

/// Where every module of tests is named.
const MODULES: &str = include_str!("../main.rs");

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

/// Why the model never meets the other problems: tests of their own do.
const ELSEWHERE: [(&str, &[&str]); 8] = [
    (
        "its requests are such as the contract takes",
        &[
            "invalid-header",
            "invalid-query",
            "malformed-json",
            "media-type",
            "method-not-allowed",
            "too-large",
            "tus-version",
        ],
    ),
    (
        "it sends each command once, whole, and as often as it likes",
        &["idempotency-key-reused", "rate-limited", "request-timeout"],
    ),
    (
        "its people are registered and signed in before a case, by tokens",
        &["account-suspended", "csrf", "email-taken", "registration-closed", "wrong-credentials"],
    ),
    (
        "nobody administers or audits in it, but for suspensions",
        &["audit-reason-required", "last-admin", "legal-hold", "user-suspended"],
    ),
    ("nothing is sent to each other within its calls", &["not-in-the-call"]),
    ("it has no files", &["bytes-not-imported", "digest-mismatch", "no-such-range", "quota-exceeded", "upload-offset"]),
    ("it is served as of today", &["read-only"]),
    (
        "nothing fails, one thing is done at a time, and it waits for read models",
        &["busy", "internal", "out-of-space", "overloaded", "read-model-behind", "unavailable"],
    ),
];

/// Every command on rooms, members, messages and calls; and of people those that rooms depend on. Some are ways of one
/// operation.
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

/// The modules that try the other commands: on accounts, sessions and mail, on who administers and audits, on files, of
/// which the model has none, and on signals, of which nothing is kept.
const TRIED_IN: [(&str, &[&str]); 7] = [
    ("accounts", &["ChangePassword", "RegisterUser", "UpdateProfile", "UpdateSettings"]),
    ("administration", &["AgreeOnAuditor", "GrantAdmin", "RevokeAdmin", "RevokeAuditor"]),
    ("calls", &["SendSignal"]),
    (
        "files",
        &[
            "AppendUpload",
            "CreateUpload",
            "DeleteFile",
            "DescribeUploads",
            "EndUpload",
            "GetUpload",
            "GrantFileAccess",
            "GrantFileAccessToRoom",
            "RevokeFileAccess",
            "RevokeFileAccessOfRoom",
            "TunnelUpload",
            "UploadFile",
        ],
    ),
    ("holds", &["LiftHold", "PlaceHold"]),
    ("mail", &["ChangeEmail", "RequestPasswordReset", "ResetPassword", "VerifyEmail"]),
    ("sessions", &["RevokeCurrentSession", "RevokeOtherSessions", "RevokeSession", "StartSession"]),
];

/// How a query is answered that is not refused.
const NOTHING: &str = "nothing";
const SOMETHING: &str = "something";
const FROM_THE_MIDDLE: &str = "something, with more on both sides";

/// How what stands around a message is to be answered at least once.
const AROUND: [&str; 2] = [FROM_THE_MIDDLE, "not-found"];

/// How often something was answered in some way.
type Counts = BTreeMap<(String, String), usize>;

/// How often each command and each query was answered in each way.
#[derive(Clone, Debug, Default)]
pub(super) struct Coverage {
    commands: Counts,
    queries: Counts,
}

impl Coverage {
    pub(super) fn count(&mut self, act: &Act, answer: Answer) {
        let answer = answer.map_or_else(str::to_owned, |status| status.to_string());
        *self.commands.entry((command(act), answer)).or_default() += 1;
    }

    /// Counts a query by what it is to be answered with.
    pub(super) fn count_query(&mut self, query: Query, expected: &Shown) {
        let way: &str = match expected {
            Err(slug) => slug,
            Ok(Value::Array(items)) if items.is_empty() => NOTHING,
            Ok(shown) if shown["before"] == true && shown["after"] == true => FROM_THE_MIDDLE,
            Ok(_) => SOMETHING,
        };
        *self.queries.entry((query.kind(), way.to_owned())).or_default() += 1;
    }

    pub(super) fn add(&mut self, other: Self) {
        for (counts, others) in [(&mut self.commands, other.commands), (&mut self.queries, other.queries)] {
            for (way, count) in others {
                *counts.entry(way).or_default() += count;
            }
        }
    }

    /// Fails unless every command was done and refused, every refusal occurred, and every query showed something.
    pub(super) fn is_whole(&self) {
        let ways = self.commands.keys().map(|(command, answer)| (command.as_str(), answer.as_str()));
        let refused: BTreeSet<_> = ways.clone().filter(|(_, answer)| REFUSALS.contains(answer)).collect();
        let refusals: BTreeSet<_> = refused.iter().map(|(_, answer)| *answer).collect();
        let commands: BTreeSet<_> = refused.iter().map(|(command, _)| *command).collect();
        let done: BTreeSet<_> =
            ways.filter(|(_, answer)| !REFUSALS.contains(answer)).map(|(command, _)| command).collect();
        let lacking = |all: &[&'static str], seen: &BTreeSet<&str>| -> Vec<&str> {
            all.iter().copied().filter(|one| !seen.contains(one)).collect()
        };
        let asked = self.queries.keys().map(|(kind, way)| (kind.as_str(), way.as_str()));
        let around: BTreeSet<_> = asked.clone().filter(|(kind, _)| *kind == "Around").map(|(_, way)| way).collect();
        let shown: BTreeSet<_> =
            asked.filter(|(_, way)| [SOMETHING, FROM_THE_MIDDLE].contains(way)).map(|(kind, _)| kind).collect();
        let kinds = Query::kinds();
        let unseen: Vec<_> = kinds.iter().map(String::as_str).filter(|kind| !shown.contains(kind)).collect();
        let played = self.commands.keys().map(|(command, _)| command.as_str());
        let unlisted: Vec<_> = played.filter(|one| !COMMANDS.contains(one) && !DONE.contains(one)).collect();
        let never = [
            ("listed", unlisted),
            ("refused with", lacking(&REFUSALS, &refusals)),
            ("refused", lacking(&COMMANDS, &commands)),
            ("done", lacking(&[&COMMANDS[..], &DONE].concat(), &done)),
            ("answered around a message with", lacking(&AROUND, &around)),
            ("shown", unseen),
        ];
        for (way, never) in never {
            assert!(never.is_empty(), "never {way}: {never:?}\n{}", self.told());
        }
    }

    /// As a table.
    pub(super) fn told(&self) -> String {
        let line = |((command, answer), count): (&(String, String), &usize)| format!("{count:>6} {command} {answer}");
        self.commands.iter().chain(&self.queries).map(line).collect::<Vec<_>>().join("\n")
    }
}

/// The name of a command.
fn command(act: &Act) -> String {
    if let Act::AddMember { roles: Some(_), .. } = act {
        return "AssignRoles".to_owned();
    }
    let debugged = format!("{act:?}");
    debugged.split(' ').next().unwrap_or_default().to_owned()
}

/// What the contract calls a command.
fn operation(command: &str) -> &str {
    match command {
        "CreateGroup" | "OpenDialog" | "OpenSecret" => "CreateRoom",
        "AssignRoles" => "AddMember",
        "DeclineCall" => "LeaveCall",
        other => other,
    }
}

/// The statuses of problems, as they are documented.
#[derive(Debug)]
pub(super) struct Problems(BTreeMap<String, u16>);

impl Problems {
    pub(super) fn documented() -> Self {
        let entries = PROBLEMS.split("\n## ").skip(1);
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

#[test]
fn every_documented_problem_is_met_in_the_model_or_elsewhere() {
    let Problems(documented) = Problems::documented();
    assert_eq!(documented.len(), PROBLEMS.matches("\n## ").count(), "an entry was not understood");
    for slug in documented.keys().map(String::as_str) {
        let elsewhere = ELSEWHERE.iter().filter(|(_, slugs)| slugs.contains(&slug)).map(|(reason, _)| *reason);
        let reasons: Vec<_> =
            REFUSALS.iter().filter(|met| **met == slug).map(|_| "met here").chain(elsewhere).collect();
        assert_eq!(reasons.len(), 1, "{slug} is to be in REFUSALS or, with the reason, in ELSEWHERE: {reasons:?}");
    }
    let listed = REFUSALS.iter().chain(ELSEWHERE.iter().flat_map(|(_, slugs)| slugs.iter()));
    let gone: Vec<_> = listed.filter(|slug| !documented.contains_key(**slug)).collect();
    assert!(gone.is_empty(), "no such problems: {gone:?}");
}

#[test]
fn every_documented_command_is_one_of_the_models_or_tried_elsewhere() {
    let document: Value = serde_json::from_str(COMMITTED).unwrap();
    let operations = document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap());
    let commands = operations.filter(|(method, _)| *method != "get");
    let documented: BTreeSet<&str> = commands.filter_map(|(_, command)| command["operationId"].as_str()).collect();
    let here: BTreeSet<&str> = COMMANDS.iter().chain(&DONE).map(|command| operation(command)).collect();
    for command in &documented {
        let elsewhere = TRIED_IN.iter().filter(|(_, others)| others.contains(command)).map(|(module, _)| *module);
        let places: Vec<_> = here.get(command).map(|_| "model").into_iter().chain(elsewhere).collect();
        assert_eq!(places.len(), 1, "{command} is to be in COMMANDS, or in TRIED_IN with its module: {places:?}");
    }
    let listed = here.iter().chain(TRIED_IN.iter().flat_map(|(_, others)| others.iter()));
    let gone: Vec<_> = listed.filter(|command| !documented.contains(**command)).collect();
    assert!(gone.is_empty(), "no such commands: {gone:?}");
    let modules: BTreeSet<&str> =
        MODULES.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')).collect();
    let former: Vec<_> =
        TRIED_IN.iter().map(|(module, _)| module).filter(|module| !modules.contains(**module)).collect();
    assert!(former.is_empty(), "no such modules: {former:?}");
}
