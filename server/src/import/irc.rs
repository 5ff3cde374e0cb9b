//! Logs of an IRC channel: a file a day, named by its date, `[hh:mm] <nick> text` a line.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use domain::id::{MessageId, RoomId, UserId, derived};
use domain::imported::Origin;
use domain::message::Names;
use domain::room::Visibility;
use domain::text::IMPORTED_MESSAGE_MAX;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, Time};

use super::{Dated, Fact, ImportError, Place, Read, Shape, entries, head, text_of};

const SOURCE: &str = "irc";

/// The first and the last year of which there can be logs here.
const YEARS: (i32, i32) = (1970, 9_999);

/// How far the time of a line goes back for it to be of the next day. A clock that is put back goes back less.
const NEXT_DAY: Duration = Duration::hours(2);

/// How far it goes back for that to be no question.
const SURELY: Duration = Duration::hours(12);

/// Reads the logs in `folder`: one public room named as the folder, whose members are those who spoke.
pub(crate) fn irc(folder: &Path) -> Result<Read, ImportError> {
    let whole = folder.canonicalize().map_err(|source| ImportError::Unreadable { path: folder.to_owned(), source })?;
    let name = whole.file_name().map_or_else(|| SOURCE.to_owned(), |name| name.to_string_lossy().into_owned());
    let mut channel = Reading { name, read: Read::default(), facts: vec![], nicks: HashMap::new(), order: vec![] };
    let mut days = BTreeMap::new();
    for path in entries(folder)?.into_iter().filter(|path| path.is_file()) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match date_of(&name) {
            Some(date) => _ = days.insert((date, name), path),
            None => channel.read.faults.pass_over(&Place::of(&path, 1), "the name does not begin with a date"),
        }
    }
    for ((date, name), path) in &days {
        channel.day(*date, name, path)?;
    }
    let Some(((first, _), _)) = days.first_key_value() else {
        return Err(ImportError::NotAnExport { path: folder.to_owned(), why: "no file is named by a date".to_owned() });
    };
    Ok(channel.finish(first.midnight().assume_utc()))
}

/// A channel while it is read.
struct Reading {
    name: String,
    read: Read,
    facts: Vec<Dated>,
    /// The person behind a nick.
    nicks: HashMap<String, UserId>,
    /// Nicks as they first spoke.
    order: Vec<String>,
}

impl Reading {
    fn day(&mut self, date: Date, name: &str, path: &Path) -> Result<(), ImportError> {
        let mut midnight = date.midnight().assume_utc();
        let mut before = Time::MIDNIGHT;
        for (number, line) in (1..).zip(text_of(path, &mut self.read.faults)?.lines()) {
            if line.trim().is_empty() {
                continue;
            }
            let place = Place::of(path, number);
            let Some((time, nick, text)) = parse(line) else {
                self.read.faults.pass_over(&place, "not of the form [hh:mm] <nick> text");
                continue;
            };
            let back = before - time;
            if back >= NEXT_DAY {
                // It went on past midnight.
                let Some(next) = midnight.checked_add(Duration::DAY).filter(|next| next.year() <= YEARS.1) else {
                    self.read.faults.pass_over(&place, "it is past the last day that there is");
                    continue;
                };
                midnight = next;
            }
            if back.is_positive() && back <= SURELY {
                let (hours, minutes) = (back.whole_hours(), back.whole_minutes() % 60);
                let day = if back >= NEXT_DAY { "next" } else { "same" };
                let why = format!("the time goes back by {hours}:{minutes:02}: it is taken for one of the {day} day");
                self.read.faults.mend(&place, why);
            }
            before = time;
            let at = midnight + (time - Time::MIDNIGHT);
            let length = text.chars().count();
            if length > IMPORTED_MESSAGE_MAX {
                let why = format!("its text of {length} characters is cut after {IMPORTED_MESSAGE_MAX}");
                self.read.faults.mend(&place, why);
            }
            self.line(at, nick, text, &format!("{name}/{number}"));
        }
        Ok(())
    }

    fn line(&mut self, at: OffsetDateTime, nick: &str, text: &str, place: &str) {
        let room = self.room();
        let source_id = format!("{}/{place}", self.name);
        let sender = if let Some(user) = self.nicks.get(nick) {
            *user
        } else {
            let user = UserId(derived(SOURCE, &format!("nick/{}/{nick}", self.name)));
            self.nicks.insert(nick.to_owned(), user);
            self.order.push(nick.to_owned());
            self.facts.push(Dated {
                at,
                origin: origin(format!("{source_id}/joined")),
                fact: Fact::Joined { room, user, founding: false },
            });
            user
        };
        let id = MessageId(derived(SOURCE, &format!("line/{source_id}")));
        let text = head(text, IMPORTED_MESSAGE_MAX);
        let fact = Fact::Message { id, room, sender, text, names: Names::new(), reply_to: None, files: vec![] };
        self.facts.push(Dated { at, origin: origin(source_id), fact });
    }

    fn room(&self) -> RoomId {
        RoomId(derived(SOURCE, &format!("channel/{}", self.name)))
    }

    fn finish(mut self, began: OffsetDateTime) -> Read {
        for nick in &self.order {
            let user = self.nicks[nick];
            let display_name = Some(super::name(nick, domain::text::DISPLAY_NAME_MAX)).filter(|name| !name.is_empty());
            let display_name = display_name.unwrap_or_else(|| user.to_string());
            // A nick names a person: the origin, which stands in clear, names the derived id instead.
            let fact = Fact::Registered { user, email: None, display_name, active: true };
            self.read.beginnings.push(Dated { at: began, origin: origin(format!("{}/nick/{user}", self.name)), fact });
        }
        let room = self.room();
        let name = Some(super::name(&self.name, domain::text::ROOM_NAME_MAX)).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| SOURCE.to_owned());
        let shape = Shape::Group { name, visibility: Visibility::Public, owner: None };
        let fact = Fact::RoomCreated { room, shape, topic: None };
        self.read.beginnings.push(Dated { at: began, origin: origin(format!("{}/created", self.name)), fact });
        self.read.rooms.push(self.facts);
        self.read
    }
}

/// The day of a file.
fn date_of(name: &str) -> Option<Date> {
    let date = Date::parse(name.get(..10)?, format_description!("[year]-[month]-[day]")).ok()?;
    (YEARS.0..=YEARS.1).contains(&date.year()).then_some(date)
}

fn origin(source_id: String) -> Origin {
    Origin { source: SOURCE.to_owned(), source_id, rest: None }
}

/// Time, nick and text of a line; of an action (`* nick does`), with the asterisk.
fn parse(line: &str) -> Option<(Time, &str, &str)> {
    let (time, rest) = line.strip_prefix('[')?.split_once("] ")?;
    let time = Time::parse(time, format_description!("[hour]:[minute]")).ok()?;
    if let Some(action) = rest.strip_prefix("* ") {
        let nick = action.split_whitespace().next()?;
        return Some((time, nick, rest));
    }
    let (nick, text) = rest.strip_prefix('<')?.split_once('>')?;
    let text = text.strip_prefix(' ').unwrap_or(text);
    (!nick.is_empty() && !text.is_empty()).then_some((time, nick, text))
}

#[cfg(test)]
mod tests {
    use time::macros::time;

    use super::*;

    #[test]
    fn a_line_is_a_time_a_nick_and_a_text() {
        assert_eq!(parse("[09:14] <|QuaD-> will: hi > there"), Some((time!(09:14), "|QuaD-", "will: hi > there")));
        assert_eq!(parse("[23:59] * bob waves"), Some((time!(23:59), "bob", "* bob waves")));
        for none in ["[24:00] <bob> hi", "09:14 <bob> hi", "[09:14] bob: hi", "[09:14] <> hi", "[09:14] <bob> "] {
            assert_eq!(parse(none), None, "{none}");
        }
    }

    #[test]
    fn a_time_that_goes_back_by_hours_is_of_the_next_day() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("ubuntu");
        std::fs::create_dir(&folder).unwrap();
        let times = ["01:59", "01:00", "01:01", "11:55", "09:56", "09:55", "21:56", "09:55", "23:59", "00:00"];
        let lines = times.map(|time| format!("[{time}] <bob> hi\n"));
        std::fs::write(folder.join("2014-05-14.txt"), lines.concat()).unwrap();
        let read = irc(&folder).unwrap();
        let sent = read.rooms[0].iter().filter(|dated| matches!(dated.fact, Fact::Message { .. }));
        let days = sent.map(|dated| (dated.at.day(), dated.at.hour(), dated.at.minute())).collect::<Vec<_>>();
        assert_eq!(
            days,
            [
                (14, 1, 59),
                (14, 1, 0),
                (14, 1, 1),
                (14, 11, 55),
                (14, 9, 56),
                (14, 9, 55),
                (14, 21, 56),
                (15, 9, 55),
                (15, 23, 59),
                (16, 0, 0),
            ]
        );
        let mended = read.faults.mended.iter().map(|bad| format!("{} {}", bad.line, bad.why));
        let of = |line: u32, back: &str, day: &str| {
            format!("{line} the time goes back by {back}: it is taken for one of the {day} day")
        };
        let expected = [of(2, "0:59", "same"), of(5, "1:59", "same"), of(6, "0:01", "same")];
        assert_eq!(mended.collect::<Vec<_>>(), expected);
        std::fs::write(folder.join("2014-05-14.txt"), "[11:55] <bob> hi\n[00:05] <bob> hi\n").unwrap();
        let read = irc(&folder).unwrap();
        assert_eq!(read.rooms[0].last().unwrap().at, time::macros::datetime!(2014-05-15 00:05 UTC));
        assert_eq!(read.faults.mended[0].why, of(2, "11:50", "next")[2..]);
    }

    #[test]
    fn days_and_texts_that_there_cannot_be_are_told() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("\u{7}");
        std::fs::create_dir(&folder).unwrap();
        let long = format!("[22:00] <bob> {}\n[22:01] <bob> b\u{0}y", "x".repeat(IMPORTED_MESSAGE_MAX + 1));
        let mut latin = b"[21:00] <bob> \xe9t\xe9 \xe9\n".to_vec();
        latin.extend(b"[21:01] <bob> fine\n");
        for (name, text) in [
            ("0001-01-01.txt", &b"[12:00] <bob> hi"[..]),
            ("1969-12-31.txt", &b"[12:00] <bob> hi"[..]),
            ("2014-05-14.txt", long.as_bytes()),
            ("2014-05-15.txt", latin.as_slice()),
            ("9999-12-31.txt", &b"[23:00] <bob> bye\n[01:00] <bob> too late"[..]),
        ] {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let read = irc(&folder).unwrap();
        let told = |all: &[super::super::Bad]| {
            let one = |bad: &super::super::Bad| {
                format!("{}:{} {}", bad.file.file_name().unwrap().to_string_lossy(), bad.line, bad.why)
            };
            all.iter().map(one).collect::<Vec<_>>()
        };
        assert_eq!(
            told(&read.faults.bad),
            [
                "0001-01-01.txt:1 the name does not begin with a date",
                "1969-12-31.txt:1 the name does not begin with a date",
                "9999-12-31.txt:2 it is past the last day that there is",
            ]
        );
        assert_eq!(
            told(&read.faults.mended),
            [
                "2014-05-14.txt:1 its text of 65537 characters is cut after 65536",
                "2014-05-15.txt:1 it is no UTF-8 in 3 places from here on, which are shown as \u{fffd}",
            ]
        );
        let texts = read.rooms[0].iter().filter_map(|dated| {
            let Fact::Message { text, .. } = &dated.fact else { return None };
            Some(&**text).filter(|text| text.len() < 100)
        });
        assert_eq!(texts.collect::<Vec<_>>(), ["by", "\u{fffd}t\u{fffd} \u{fffd}", "fine", "bye"]);
        let made = read.beginnings.iter().find_map(|dated| {
            let Fact::RoomCreated { shape: Shape::Group { name, .. }, .. } = &dated.fact else { return None };
            Some(&**name)
        });
        assert_eq!(made, Some(SOURCE));
    }
}
