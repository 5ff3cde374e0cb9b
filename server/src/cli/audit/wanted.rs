//! Which events an export wants.

use api_kit::Micros;
use domain::id::{RoomId, UserId};
use query_api::audit::{Filter, NotAStream};
use serde_json::{Map, Value, json};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// Which events: those that fit everything that is given.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Which events")]
pub(super) struct Wanted {
    /// After this position.
    #[arg(long, value_name = "POSITION", default_value_t = 0)]
    after: i64,
    /// Up to this position, it included.
    #[arg(long, value_name = "POSITION")]
    until: Option<i64>,
    /// Of this stream, such as room-0190a000-0000-7000-8000-000000000001.
    #[arg(long, value_name = "NAME")]
    stream: Option<String>,
    /// Of this type, such as `message_sent`.
    #[arg(long = "type", value_name = "TYPE")]
    event_type: Option<String>,
    /// By this user.
    #[arg(long, visible_alias = "user", value_name = "ID")]
    actor: Option<UserId>,
    /// Of this room: those whose metadata names it. Holds and refused erasures are of none: --stream holds-instance, --type
    /// `erasure_refused`.
    #[arg(long, value_name = "ID")]
    room: Option<RoomId>,
    /// Recorded at this time or later, as in 2026-03-01T00:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = rfc_3339)]
    from: Option<OffsetDateTime>,
    /// Recorded at this time or earlier.
    #[arg(long, value_name = "TIME", value_parser = rfc_3339)]
    to: Option<OffsetDateTime>,
    /// At most so many.
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u64>,
    /// Adds to each event its payload with the sealed fields opened, where their keys still exist; never of secret rooms.
    #[arg(long)]
    open: bool,
}

impl Wanted {
    pub(super) fn filter(&self) -> Result<Filter, NotAStream> {
        let filter = Filter {
            after: self.after,
            until: self.until,
            stream: None,
            event_type: self.event_type.clone(),
            actor: self.actor.map(|actor| actor.0),
            room: self.room.map(|room| room.0),
            from: self.from,
            to: self.to,
            limit: self.limit,
            open: self.open,
        };
        self.stream.as_deref().map_or_else(|| Ok(filter.clone()), |name| filter.clone().of_stream(name))
    }
}

impl Wanted {
    /// What is given, as it stands beside the export.
    pub(super) fn told(&self) -> Value {
        let Self { after, until, stream, event_type, actor, room, from, to, limit, open } = self;
        let given = [
            ("after", (*after > 0).then(|| json!(after))),
            ("until", until.map(|until| json!(until))),
            ("stream", stream.as_ref().map(|stream| json!(stream))),
            ("type", event_type.as_ref().map(|kind| json!(kind))),
            ("actor", actor.map(|actor| json!(actor))),
            ("room", room.map(|room| json!(room))),
            ("from", from.map(|from| json!(Micros(from)))),
            ("to", to.map(|to| json!(Micros(to)))),
            ("limit", limit.map(|limit| json!(limit))),
            ("open", open.then_some(Value::Bool(true))),
        ];
        given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect::<Map<_, _>>().into()
    }
}

fn rfc_3339(text: &str) -> Result<OffsetDateTime, &'static str> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok();
    // In UTC it may be of a year that there is not.
    time.and_then(|time| time.checked_to_offset(UtcOffset::UTC)).ok_or("not a time as in 2026-03-01T00:00:00Z")
}
