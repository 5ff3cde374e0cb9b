//! What we ask of the stream, and whether the server took it. Old servers drop what they do not know, silently.

use std::time::Duration;

use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};

use super::StreamName;
use crate::subject::EVENTS;

/// Duplicates are refused by the expected sequence; this is the shortest window that the server allows.
const DUPLICATE_WINDOW: Duration = Duration::from_millis(100);

/// How much of the log the stream keeps. What is older is read from PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Age at which an event leaves the stream.
    pub max_age: Duration,
    /// Size of the stream, in bytes, at which the oldest events leave it.
    pub max_bytes: i64,
}

impl Default for Retention {
    /// Three days or 4 GiB.
    fn default() -> Self {
        Self { max_age: Duration::from_hours(72), max_bytes: 4 << 30 }
    }
}

/// The configuration of a stream of ours.
pub(crate) fn config(name: StreamName, retention: Retention) -> Config {
    Config {
        name: name.to_string(),
        subjects: vec![EVENTS.to_owned()],
        retention: RetentionPolicy::Limits,
        storage: StorageType::File,
        discard: DiscardPolicy::Old,
        max_age: retention.max_age,
        max_bytes: retention.max_bytes,
        max_messages: -1,
        max_messages_per_subject: -1,
        max_message_size: -1,
        max_consumers: -1,
        num_replicas: 1,
        duplicate_window: DUPLICATE_WINDOW,
        // A hole would shift nothing, but whoever could make one could hide an event from followers.
        deny_delete: true,
        deny_purge: true,
        ..Config::default()
    }
}

/// Where a stream's configuration is not what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) field: &'static str,
    /// By an update; otherwise only another stream can have it.
    pub(crate) can_change: bool,
}

/// The first difference between what was asked for and what the server says it is, those that cannot be changed first.
pub(crate) fn difference(wanted: &Config, echoed: &Config) -> Option<Difference> {
    let fixed = [
        ("name", wanted.name == echoed.name),
        ("storage", wanted.storage == echoed.storage),
        ("retention", wanted.retention == echoed.retention),
        ("deny_delete", wanted.deny_delete == echoed.deny_delete),
        ("deny_purge", wanted.deny_purge == echoed.deny_purge),
        ("sealed", wanted.sealed == echoed.sealed),
        ("mirror", echoed.mirror.is_none()),
        ("sources", echoed.sources.as_ref().is_none_or(Vec::is_empty)),
    ];
    let changeable = [
        ("subjects", wanted.subjects == echoed.subjects),
        ("discard", wanted.discard == echoed.discard),
        ("discard_new_per_subject", wanted.discard_new_per_subject == echoed.discard_new_per_subject),
        ("max_age", wanted.max_age == echoed.max_age),
        ("max_bytes", wanted.max_bytes == echoed.max_bytes),
        ("max_msgs", wanted.max_messages == echoed.max_messages),
        ("max_msgs_per_subject", wanted.max_messages_per_subject == echoed.max_messages_per_subject),
        ("max_msg_size", wanted.max_message_size == echoed.max_message_size),
        ("duplicate_window", wanted.duplicate_window == echoed.duplicate_window),
        ("allow_rollup_hdrs", wanted.allow_rollup == echoed.allow_rollup),
        ("no_ack", wanted.no_ack == echoed.no_ack),
        ("republish", wanted.republish == echoed.republish),
    ];
    let differing = |fields: &[(&'static str, bool)], can_change| {
        fields.iter().find(|(_, same)| !same).map(|(field, _)| Difference { field, can_change })
    };
    differing(&fixed, false).or_else(|| differing(&changeable, true))
}
