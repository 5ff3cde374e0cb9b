//! For how long a room keeps messages.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::sealed::Month;

/// For how long a room keeps messages, in whole days: 1 to [`Period::MOST`]. Written as ISO 8601 has it, `P30D`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    days: u16,
}

/// What is no period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a number of days, from P1D to P36500D")]
pub struct NoPeriod;

impl Period {
    /// A hundred years.
    pub const MOST: u16 = 36_500;

    /// So many days; none of a number that no room can be set to.
    pub fn of_days(days: i64) -> Option<Self> {
        let days = u16::try_from(days).ok().filter(|days| (1..=Self::MOST).contains(days))?;
        Some(Self { days })
    }

    /// How many days.
    pub fn days(self) -> i64 {
        self.days.into()
    }

    /// What was written before that is older, at `now`.
    pub fn before(self, now: OffsetDateTime) -> OffsetDateTime {
        now.checked_sub(Duration::days(self.days())).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// Whether all that was written in a month is older, at `now`.
    pub fn is_over(self, month: Month, now: OffsetDateTime) -> bool {
        month < Month::of(self.before(now))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P{}D", self.days)
    }
}

impl FromStr for Period {
    type Err = NoPeriod;

    fn from_str(text: &str) -> Result<Self, NoPeriod> {
        let days = text.strip_prefix('P').and_then(|text| text.strip_suffix('D')).ok_or(NoPeriod)?;
        let written = !days.is_empty() && days.bytes().all(|byte| byte.is_ascii_digit());
        let days = days.parse().ok().filter(|_| written).ok_or(NoPeriod)?;
        Self::of_days(days).ok_or(NoPeriod)
    }
}

impl TryFrom<String> for Period {
    type Error = NoPeriod;

    fn try_from(text: String) -> Result<Self, NoPeriod> {
        text.parse()
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}
