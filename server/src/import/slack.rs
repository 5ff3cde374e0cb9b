//! A Slack export: `users.json`, `channels.json`, and a folder a channel with a file a day.

mod channel;
mod days;
mod file;
mod format;
mod list;
mod message;
mod person;
mod pin;
mod reaction;
mod topic;

use std::collections::HashMap;
use std::path::Path;

use domain::id::{MessageId, RoomId, UserId, derived};
use domain::imported::Origin;
use serde_json::Value;
use time::OffsetDateTime;

use super::{Dated, Folder, ImportError, Read, clean};

const SOURCE: &str = "slack";

/// Longest timestamp; Slack's have some seventeen characters.
const TIMESTAMP_MAX: usize = 32;

/// The first year whose times cannot be told: those of the log have four digits.
const YEAR_END: i32 = 10_000;

/// What is known of a workspace while its channels are read.
struct Workspace<'a> {
    /// Where bytes of files are looked for.
    folder: Option<&'a Folder>,
    /// Display names by Slack's ids.
    people: HashMap<String, String>,
    /// Those who wrote or came but are not in `users.json`, by Slack's ids.
    strangers: HashMap<String, Dated>,
}

/// Reads the export in `folder`, with bytes of its files in `bytes`. What cannot be read of it is told in the result, and
/// passed over.
pub(crate) fn slack(folder: &Path, bytes: Option<&Folder>) -> Result<Read, ImportError> {
    let mut read = Read::default();
    let people = person::people(&folder.join("users.json"), &mut read.faults)?;
    let channels = channel::channels(&folder.join("channels.json"), &mut read.faults)?;
    let mut workspace = Workspace { folder: bytes, people: HashMap::new(), strangers: HashMap::new() };
    workspace.people.extend(people.iter().map(|person| (person.id.clone(), person.name())));
    for channel in &channels {
        let (created, facts) = channel.item.read(&channel.place, folder, &mut workspace, &mut read.faults);
        read.beginnings.push(created);
        read.rooms.push(facts);
    }
    days::unclaimed(folder, &channels, &mut read.faults)?;
    // People are told of first: by the time of the oldest room.
    let oldest = read.beginnings.iter().map(|dated| dated.at).min().unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let mut registered = people.iter().map(|person| person.registered(oldest)).collect::<Vec<_>>();
    let mut strangers = workspace.strangers.into_values().collect::<Vec<_>>();
    strangers.sort_by(|one, other| one.origin.source_id.cmp(&other.origin.source_id));
    registered.append(&mut strangers);
    read.beginnings.splice(0..0, registered);
    Ok(read)
}

fn origin(source_id: &str, rest: Option<Value>) -> Origin {
    Origin { source: SOURCE.to_owned(), source_id: source_id.to_owned(), rest: rest.map(clean) }
}

fn user(id: &str) -> UserId {
    UserId(derived(SOURCE, &format!("user/{id}")))
}

fn room(id: &str) -> RoomId {
    RoomId(derived(SOURCE, &format!("channel/{id}")))
}

fn message(channel: &str, timestamp: &str) -> MessageId {
    MessageId(derived(SOURCE, &format!("message/{channel}/{timestamp}")))
}

/// Slack's timestamps: seconds since 1970, and a fraction that makes them unique. Nothing of what is none.
fn moment(timestamp: &str) -> Option<OffsetDateTime> {
    let (seconds, fraction) = timestamp.split_once('.').unwrap_or((timestamp, "0"));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if timestamp.len() > TIMESTAMP_MAX || !is_number(seconds) || !is_number(fraction) {
        return None;
    }
    let micros = format!("{fraction:0<6}").get(..6)?.parse::<i64>().ok()?;
    let at = OffsetDateTime::from_unix_timestamp(seconds.parse().ok()?).ok()?;
    at.checked_add(time::Duration::microseconds(micros)).filter(|at| at.year() < YEAR_END)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_timestamp_is_a_time_that_clocks_have_shown() {
        assert_eq!(moment("1400055557.123456"), Some(datetime!(2014-05-14 08:19:17.123456 UTC)));
        assert_eq!(moment("1400055557"), Some(datetime!(2014-05-14 08:19:17 UTC)));
        assert_eq!(moment("253402300799.0"), Some(datetime!(9999-12-31 23:59:59 UTC)));
        let long = format!("1400055557.{}", "0".repeat(TIMESTAMP_MAX));
        for none in ["", ".", "-1.0", "+1.0", "1.-5", "253402300800.0", "99999999999999999999", "1e9", "now", &long] {
            assert_eq!(moment(none), None, "{none}");
        }
    }
}
