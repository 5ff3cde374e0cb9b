//! Dates as people type them.

use time::format_description::well_known::Rfc3339;
use time::{Date, Month, OffsetDateTime, Time, UtcOffset};

/// When what a date names begins, and when it is over: a year, a month or a day in UTC, or a moment.
pub(super) fn span(text: &str) -> Option<(OffsetDateTime, OffsetDateTime)> {
    let text = text.trim();
    if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
        let moment = moment.checked_to_offset(UtcOffset::UTC)?;
        return Some((moment, moment));
    }
    let parts: Vec<_> = text.split('-').map(number).collect::<Option<_>>()?;
    let (begin, end) = match parts[..] {
        [year] => (day(year, 1, 1)?, day(year + 1, 1, 1)?),
        [year, 12] => (day(year, 12, 1)?, day(year + 1, 1, 1)?),
        [year, month] => (day(year, month, 1)?, day(year, month + 1, 1)?),
        [year, month, number] => {
            let date = day(year, month, number)?;
            (date, date.next_day()?)
        }
        _ => return None,
    };
    let midnight = |date: Date| date.with_time(Time::MIDNIGHT).assume_utc();
    Some((midnight(begin), midnight(end)))
}

fn number(text: &str) -> Option<i32> {
    text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn day(year: i32, month: i32, day: i32) -> Option<Date> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    // What PostgreSQL and four digits can both write.
    (1..=9_999).contains(&year).then(|| Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()).flatten()
}
