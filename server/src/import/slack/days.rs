//! What was posted in a channel: the files of its folder, one a day.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Component, Path};

use super::super::{Faults, ImportError, Place, entries};
use super::channel::Channel;
use super::list::{NotRead, Placed, list};
use super::message::Posted;

/// Whether a name is that of a folder in the export, and of nothing outside of it.
pub(super) fn is_folder_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    let is_one_part =
        matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == OsStr::new(name));
    is_one_part && !name.contains('\0')
}

/// What was posted, in order, and what each is called; a channel of which nothing is left has no folder. A day that cannot be
/// read is told and passed over.
pub(super) fn posted(folder: &Path, faults: &mut Faults) -> Vec<Placed<Posted>> {
    let mut posted = Vec::new();
    let not_read = match fs::symlink_metadata(folder).map(|found| found.file_type()) {
        Ok(kind) if kind.is_dir() => None,
        Ok(_) => Some("it is no folder, or one elsewhere".to_owned()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return posted,
        Err(error) => Some(format!("it cannot be read: {error}")),
    };
    if let Some(why) = not_read {
        faults.pass_over(&Place::of(folder, 1), why);
        return posted;
    }
    let days = entries(folder).unwrap_or_else(|error| {
        faults.pass_over(&Place::of(folder, 1), NotRead::from(error).why);
        vec![]
    });
    for day in days.into_iter().filter(|path| is_json(path)) {
        if !fs::symlink_metadata(&day).is_ok_and(|found| found.is_file()) {
            faults.pass_over(&Place::of(&day, 1), "it is no file, or one elsewhere");
            continue;
        }
        match list(&day, Posted::lacks, faults) {
            Ok(mut messages) => posted.append(&mut messages),
            Err(NotRead { line, why, .. }) => faults.pass_over(&Place::of(&day, line), why),
        }
    }
    posted.sort_by(|one, other| {
        let (one, other) = (&one.item, &other.item);
        one.at().cmp(&other.at()).then_with(|| one.timestamp().cmp(other.timestamp()))
    });
    told_apart(posted, faults)
}

/// Sets apart what has the timestamp of another before it, so that the first is called as if it were alone; what says nothing
/// else than one of them is told and passed over. Of what is one message at two times the later is taken.
fn told_apart(posted: Vec<Placed<Posted>>, faults: &mut Faults) -> Vec<Placed<Posted>> {
    let mut kept = Vec::<Placed<Posted>>::with_capacity(posted.len());
    for Placed { place, mut item } in posted {
        let shared = kept.iter().rev().take_while(|before| before.item.timestamp() == item.timestamp()).count();
        let first = kept.len() - shared;
        let before = &mut kept[first..];
        if before.iter().any(|before| before.item.says_the_same_as(&item)) {
            faults.pass_over(&place, "it is there twice");
            continue;
        }
        if let Some(same) = before.iter_mut().find(|before| before.item.is_the_same_message_as(&item)) {
            faults.mend(&place, "it is there twice, as it was at two times: it is taken as it was last");
            if item.is_later_than(&same.item) {
                item.be_called_as(&same.item);
                *same = Placed { place, item };
            }
            continue;
        }
        if before.iter().any(|before| before.item.kind() == item.kind()) {
            item.be_set_apart();
        }
        kept.push(Placed { place, item });
    }
    kept
}

/// Tells of folders with messages of no channel: those of groups and dialogs, whose lists are not read.
pub(super) fn unclaimed(export: &Path, channels: &[Placed<Channel>], faults: &mut Faults) -> Result<(), ImportError> {
    let mut names = Vec::new();
    for folder in entries(export)? {
        let is_folder = fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir());
        let is_claimed = channels.iter().any(|channel| folder.file_name() == Some(OsStr::new(channel.item.name())));
        let has_messages = || entries(&folder).is_ok_and(|paths| paths.iter().any(|path| is_json(path)));
        if is_folder && !is_claimed && has_messages() {
            names.push(folder.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
    }
    if !names.is_empty() {
        let why = format!("{} folders are of no channel that could be read: {}", names.len(), names.join(", "));
        faults.pass_over(&Place::of(&export.join("channels.json"), 1), why);
    }
    Ok(())
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "json")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use serde_json::{Value, json};

    use super::*;

    fn written(days: &[(&str, Value)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, day) in days {
            fs::write(folder.path().join(name), day.to_string()).unwrap();
        }
        folder
    }

    fn names(folder: &Path) -> (Vec<String>, Vec<String>) {
        let mut faults = Faults::default();
        let posted = posted(folder, &mut faults);
        let why = faults.bad.into_iter().map(|bad| bad.why);
        (posted.iter().map(|posted| posted.item.name()).collect(), why.collect())
    }

    #[test]
    fn a_channel_s_folder_is_one_of_the_export() {
        for name in ["general", "meetup-", "..x", "a b", "café", "a\\b", "\u{7}"] {
            assert!(is_folder_name(name), "{name}");
        }
        for name in ["", ".", "..", "../x", "/", "/etc", "a/b", "a/", "a/..", "./a", "a\0"] {
            assert!(!is_folder_name(name), "{name}");
        }
    }

    #[test]
    fn what_shares_a_timestamp_is_told_apart_and_what_is_there_twice_told_once() {
        let said = |text: &str| json!({"ts": "5.000001", "user": "U1", "text": text});
        let came = json!({"ts": "5.000001", "user": "U2", "subtype": "channel_join"});
        let later =
            json!({"ts": "5.000001", "user": "U1", "text": "one", "reactions": [{"name": "tada", "users": ["U2"]}]});
        let folder = written(&[
            ("2014-05-14.json", json!([came, said("one"), said("two"), {"ts": "4.0", "user": "U1"}])),
            ("2014-05-15.json", json!([said("one"), said("three"), later])),
        ]);
        let (called, why) = names(folder.path());
        let [earlier, joined, one, two, three] = &*called else { panic!("five are told, not {called:?}") };
        assert_eq!([&**earlier, joined, one], ["4.0", "5.000001", "5.000001"]);
        assert!(two != three && [two, three].iter().all(|name| name.starts_with("5.000001/")), "{called:?}");
        assert_eq!(why, ["it is there twice"]);
        let without = written(&[("2014-05-14.json", json!([said("one"), said("three")]))]);
        assert_eq!(names(without.path()).0, [one.clone(), three.clone()], "whatever else there is");
    }

    #[test]
    fn a_day_that_is_no_list_is_told_with_its_line_and_the_others_come() {
        let folder = written(&[("2014-05-15.json", json!([{"ts": "4.0", "user": "U1"}]))]);
        fs::write(folder.path().join("2014-05-14.json"), "[\n{\"ts\": \"3.0\", \"user\": \"U1\"},\n{\"ts\": \n")
            .unwrap();
        let mut faults = Faults::default();
        let posted = posted(folder.path(), &mut faults);
        assert_eq!(posted.iter().map(|posted| posted.item.name()).collect::<Vec<_>>(), ["4.0"]);
        let told = faults.bad.iter().map(ToString::to_string).collect::<Vec<_>>();
        let [told] = &*told else { panic!("{told:?}") };
        assert!(told.ends_with("2014-05-14.json:4: EOF while parsing a value"), "{told}");
    }

    #[test]
    fn links_are_not_followed() {
        let elsewhere = written(&[("2014-05-14.json", json!([{"ts": "4.0", "user": "U1"}]))]);
        let folder = tempfile::tempdir().unwrap();
        let (linked, channel) = (folder.path().join("linked"), folder.path().join("channel"));
        symlink(elsewhere.path(), &linked).unwrap();
        fs::create_dir(&channel).unwrap();
        symlink(elsewhere.path().join("2014-05-14.json"), channel.join("2014-05-14.json")).unwrap();
        assert_eq!(names(&linked), (vec![], vec!["it is no folder, or one elsewhere".to_owned()]));
        assert_eq!(names(&channel), (vec![], vec!["it is no file, or one elsewhere".to_owned()]));
        assert_eq!(names(&folder.path().join("none")), (vec![], vec![]));
    }
}
