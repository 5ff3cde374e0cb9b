//! Times as the API writes them: RFC 3339, UTC, `Z`, always as many digits.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{OffsetDateTime, UtcOffset};
use utoipa::ToSchema;

const MILLIS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
const MICROS: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// A time with milliseconds: `2025-03-01T12:00:00.123Z`. Reads any RFC 3339 time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2025-03-01T12:00:00.123Z")]
pub struct Timestamp(pub OffsetDateTime);

/// A time with microseconds, of `recorded_at`: `2025-03-01T12:00:00.123456Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2025-03-01T12:00:00.123456Z")]
pub struct Micros(pub OffsetDateTime);

macro_rules! written {
    ($($name:ident as $format:ident)*) => {$(
        impl From<OffsetDateTime> for $name {
            fn from(time: OffsetDateTime) -> Self {
                Self(time)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0.to_offset(UtcOffset::UTC).format($format).map_err(|_| fmt::Error)?)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let time = OffsetDateTime::parse(&text, &Rfc3339).ok().and_then(|time| time.checked_to_offset(UtcOffset::UTC));
                time.map(Self).ok_or_else(|| de::Error::custom("not an RFC 3339 time"))
            }
        }
    )*};
}

written! { Timestamp as MILLIS Micros as MICROS }

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn times_are_written_in_utc_with_all_their_digits() {
        let time = datetime!(2025-03-01 12:00:00.100_02 +01:00);
        assert_eq!(Timestamp(time).to_string(), "2025-03-01T11:00:00.100Z");
        assert_eq!(Micros(time).to_string(), "2025-03-01T11:00:00.100020Z");
        assert_eq!(serde_json::to_string(&Timestamp(time)).unwrap(), "\"2025-03-01T11:00:00.100Z\"");
    }

    #[test]
    fn times_are_read_in_any_offset() {
        let time: Timestamp = serde_json::from_str("\"2025-03-01T12:00:00+01:00\"").unwrap();
        assert_eq!(time.0, datetime!(2025-03-01 11:00 UTC));
        // The last would be in the year 10000 of UTC.
        for bad in ["\"yesterday\"", "\"9999-12-31T23:59:59-01:00\""] {
            let error = serde_json::from_str::<Timestamp>(bad).unwrap_err();
            assert_eq!(error.to_string(), "not an RFC 3339 time", "{bad}");
        }
    }
}
