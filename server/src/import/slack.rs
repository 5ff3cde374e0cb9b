//! A Slack export: `users.json`, `channels.json`, and a folder a channel with a file a day.

mod channel;
mod file;
mod format;
mod message;
mod pin;
mod reaction;

use std::collections::HashMap;
use std::path::Path;

use domain::id::{MessageId, RoomId, UserId, derived};
use domain::imported::Origin;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use time::OffsetDateTime;

use super::{Bad, Dated, Fact, Folder, ImportError, Read, clean, name, text_of, why};
use channel::Channel;

const SOURCE: &str = "slack";

/// A person as `users.json` tells.
#[derive(Debug, Deserialize)]
struct Person {
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    real_name: Option<String>,
    /// Whether they were deactivated.
    #[serde(default)]
    deleted: Option<bool>,
    #[serde(default)]
    profile: Profile,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Profile {
    display_name: Option<String>,
    real_name: Option<String>,
    email: Option<String>,
}

impl Person {
    /// What they are shown as.
    fn name(&self) -> String {
        let given = [&self.profile.display_name, &self.profile.real_name, &self.real_name].into_iter().flatten();
        let names = given.chain([&self.name, &self.id]).map(|given| name(given, domain::text::DISPLAY_NAME_MAX));
        names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
    }
}

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
    let (people, channels) = (folder.join("users.json"), folder.join("channels.json"));
    let people = list::<Person>(&people, |_| None, &mut read.bad)?;
    let channels = list::<Channel>(&channels, |_| None, &mut read.bad)?;
    let mut workspace = Workspace { folder: bytes, people: HashMap::new(), strangers: HashMap::new() };
    for person in &people {
        workspace.people.insert(person.id.clone(), person.name());
    }
    for channel in &channels {
        let (created, facts) = channel.read(folder, &mut workspace, &mut read.bad)?;
        read.beginnings.push(created);
        read.rooms.push(facts);
    }
    // People are told of first: by the time of the oldest room.
    let oldest = read.beginnings.iter().map(|dated| dated.at).min().unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let mut registered = people.iter().map(|person| registered(person, oldest)).collect::<Vec<_>>();
    let mut strangers = workspace.strangers.into_values().collect::<Vec<_>>();
    strangers.sort_by(|one, other| one.origin.source_id.cmp(&other.origin.source_id));
    registered.append(&mut strangers);
    read.beginnings.splice(0..0, registered);
    Ok(read)
}

fn registered(person: &Person, at: OffsetDateTime) -> Dated {
    let email = person.profile.email.clone().filter(|email| domain::text::email(email).is_ok());
    let display_name = person.name();
    Dated {
        at,
        origin: origin(&person.id, None),
        fact: Fact::Registered { user: user(&person.id), email, display_name, active: person.deleted != Some(true) },
    }
}

/// The items of a file that is one JSON list; those that are not of the form, or of which `lacks` says why they are none, are
/// told and passed over.
fn list<T: DeserializeOwned>(
    path: &Path,
    lacks: impl Fn(&T) -> Option<&'static str>,
    bad: &mut Vec<Bad>,
) -> Result<Vec<T>, ImportError> {
    let text = text_of(path)?;
    let not = |why: String| ImportError::NotAnExport { path: path.to_owned(), why };
    let items =
        serde_json::from_str::<Vec<&serde_json::value::RawValue>>(&text).map_err(|error| not(error.to_string()))?;
    let mut good = Vec::with_capacity(items.len());
    for item in items {
        let read = serde_json::from_str::<T>(item.get()).map_err(|error| why(&error));
        match read.and_then(|item| lacks(&item).map_or(Ok(item), |why| Err(why.to_owned()))) {
            Ok(item) => good.push(item),
            Err(why) => {
                let offset = item.get().as_ptr().addr() - text.as_ptr().addr();
                let line = text[..offset].matches('\n').count() + 1;
                bad.push(Bad { file: path.to_owned(), line, why });
            }
        }
    }
    Ok(good)
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

/// Slack's timestamps: seconds since 1970, and a fraction that makes them unique.
fn moment(timestamp: &str) -> Option<OffsetDateTime> {
    let (seconds, fraction) = timestamp.split_once('.').unwrap_or((timestamp, "0"));
    let micros = format!("{fraction:0<6}").get(..6)?.parse::<i64>().ok()?;
    let at = OffsetDateTime::from_unix_timestamp(seconds.parse().ok()?).ok()?;
    at.checked_add(time::Duration::microseconds(micros))
}
