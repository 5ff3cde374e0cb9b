//! How often, as settings say it: `600/min`.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

/// So many at once, given back evenly over a period. Text: `10/s`, `600/min`, `20/h`, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(Option<(NonZeroU32, Period)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Period {
    Second,
    Minute,
    Hour,
}

impl Rate {
    /// No limit.
    pub const OFF: Self = Self(None);

    /// `count` a minute; none at all is no rate, so 0 counts as 1.
    pub const fn per_minute(count: u32) -> Self {
        Self::per(count, Period::Minute)
    }

    /// `count` an hour; none at all is no rate, so 0 counts as 1.
    pub const fn per_hour(count: u32) -> Self {
        Self::per(count, Period::Hour)
    }

    const fn per(count: u32, period: Period) -> Self {
        match NonZeroU32::new(count) {
            Some(count) => Self(Some((count, period))),
            None => Self(Some((NonZeroU32::MIN, period))),
        }
    }

    /// How many at once, and in what time they are given back.
    pub(super) fn quota(self) -> Option<(NonZeroU32, Duration)> {
        self.0.map(|(count, period)| (count, period.length()))
    }
}

impl Period {
    fn length(self) -> Duration {
        Duration::from_secs(match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3600,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Second => "s",
            Self::Minute => "min",
            Self::Hour => "h",
        }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some((count, period)) => write!(f, "{count}/{}", period.name()),
            None => f.write_str("off"),
        }
    }
}

/// A setting is not a rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a rate such as 10/s, 600/min or 20/h, nor off")]
pub struct NotARate;

impl FromStr for Rate {
    type Err = NotARate;

    fn from_str(text: &str) -> Result<Self, NotARate> {
        if text == "off" {
            return Ok(Self::OFF);
        }
        let (count, period) = text.split_once('/').ok_or(NotARate)?;
        let count = count.parse().map_err(|_| NotARate)?;
        let all = [Period::Second, Period::Minute, Period::Hour];
        let period = all.into_iter().find(|known| known.name() == period).ok_or(NotARate)?;
        Ok(Self(Some((count, period))))
    }
}
