//! `hansard replay`.

use std::process::ExitCode;
use std::str::FromStr;

use api_kit::{Context, Micros};
use domain::id::RoomId;
use query_api::audit::Filter;
use serde_json::{Map, Value, json};
use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

use super::Failed;
use super::operator::Operator;
use super::output::Output;
use super::progress;
use super::projections::on;
use crate::access;
use crate::database::Access;

const EXAMPLES: &str = "\
Examples:

  hansard replay --until 2026-03-01T00:00:00Z --reason 'complaint 4'
  psql -c 'select status, text from past_4711.message order by position'
  hansard projections status; hansard projections drop 7";

/// Makes read models as they were, in a schema of their own, by the code that fills those that serve.
///
/// What was erased since stays erased, and what is erased later is purged there too; of secret rooms nothing is opened. That it
/// was done, and why, is put on record first. It stays until `hansard projections drop`, whose numbers `hansard projections
/// status` tells.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Replay {
    /// Up to this position, or to the last one that was recorded by a time, as in 2026-03-01T00:00:00Z.
    #[arg(long, value_name = "POSITION|TIME")]
    until: Until,
    /// Of this room alone, with the accounts of whoever was in it and the files that came there.
    #[arg(long, value_name = "ID")]
    room: Option<RoomId>,
    /// The schema: `past_` and lower-case letters, digits and underscores; what had this name is replaced. By default
    /// `past_POSITION`.
    #[arg(long, value_name = "NAME", value_parser = past)]
    schema: Option<String>,
    /// Why; it is put on record.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    operator: Operator,
}

/// Where the past ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    Position(i64),
    Time(OffsetDateTime),
}

impl FromStr for Until {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let position = text.parse().ok().filter(|position| *position >= 0).map(Self::Position);
        // In UTC it may be of a year that there is not.
        let time = || OffsetDateTime::parse(text, &Rfc3339).ok()?.checked_to_offset(UtcOffset::UTC).map(Self::Time);
        position.or_else(time).ok_or("neither a position nor a time as in 2026-03-01T00:00:00Z")
    }
}

/// A name that schemas of the past may have.
fn past(name: &str) -> Result<String, &'static str> {
    let rest = name.strip_prefix("past_").filter(|rest| (1..=50).contains(&rest.len()));
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    match rest {
        Some(rest) if rest.bytes().all(plain) => Ok(name.to_owned()),
        _ => Err("must be past_ and 1 to 50 lower-case letters, digits or underscores"),
    }
}

impl Replay {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        let what = format!("hansard replay, {}", access::on_record(&self.asked()));
        let Self { until, room, schema, reason, operator } = self;
        let store = operator.open().await?;
        let end = access::record(&store, &Context::ambient(), &reason, &what).await? - 1;
        let until = match until {
            Until::Position(position) => position,
            Until::Time(time) => {
                let pool = operator.pool(Access::Reader)?;
                Filter { to: Some(time), ..Filter::default() }.span(&pool, end).await?.until
            }
        };
        let schema = schema.unwrap_or_else(|| format!("past_{until}"));
        let replay = projector::Replay { until, room: room.map(|room| room.0), schema };
        let bar = progress::bar("replaying");
        let made = operator.projector()?.replay(&replay, &mut on(&bar)).await;
        bar.finish_and_clear();
        let generation = made?;
        let mut out = Output::new();
        out.line(format_args!("schema {} shows generation {generation}, as of position {until}", replay.schema))?;
        out.line(format_args!("it is kept: hansard projections drop {generation}"))?;
        Ok(ExitCode::SUCCESS)
    }

    /// What is given, by name.
    fn asked(&self) -> Value {
        let until = match self.until {
            Until::Position(position) => json!(position),
            Until::Time(time) => json!(Micros(time)),
        };
        let given = [
            ("until", Some(until)),
            ("room", self.room.map(|room| json!(room))),
            ("schema", self.schema.as_ref().map(|schema| json!(schema))),
        ];
        given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect::<Map<_, _>>().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_of_the_past_and_plain() {
        for name in ["past_1", "past_case_4"] {
            assert_eq!(past(name).as_deref(), Ok(name));
        }
        for name in
            ["", "past_", "read", "past_A", "past_x;drop", "past", "past_ü", &format!("past_{}", "x".repeat(51))]
        {
            assert!(past(name).is_err(), "{name}");
        }
    }
}
