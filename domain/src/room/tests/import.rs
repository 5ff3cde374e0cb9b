//! What an import tells of a room.

use crate::facts::{
    ALICE, BOB, LOUNGE, dialog_created, from_slack, given, lounge_created, room_archived, room_unarchived, slack,
};
use crate::id::UserId;
use crate::imported::Imported;
use crate::refusal::Refusal;
use crate::room::{ImportedChange, Room, RoomCommand, RoomEvent, SETTINGS_MAX};
use crate::sealed::{KeyName, Sealed};

fn told(change: ImportedChange, by: impl Into<Option<UserId>>) -> RoomCommand {
    RoomCommand::Import { room: LOUNGE, change, by: by.into(), imported: slack() }
}

fn to(name: &str) -> ImportedChange {
    ImportedChange::Renamed(name.into())
}

fn about(topic: &str) -> ImportedChange {
    ImportedChange::TopicChanged(topic.into())
}

fn sealed(text: &str) -> Sealed<String> {
    Sealed::new(KeyName::room(LOUNGE), text.into())
}

fn source() -> Imported {
    from_slack(KeyName::room(LOUNGE))
}

fn renamed(name: &str, by: Option<UserId>) -> RoomEvent {
    RoomEvent::RoomRenamed { name: sealed(name), by, imported: Some(source()) }
}

fn topic_changed(topic: &str, by: Option<UserId>) -> RoomEvent {
    RoomEvent::RoomTopicChanged { topic: sealed(topic), by, imported: Some(source()) }
}

#[test]
fn what_it_tells_names_its_source_and_who_did_it() {
    let archived = RoomEvent::RoomArchived { by: None, imported: Some(source()) };
    given::<Room>([lounge_created()])
        .when(told(to(" Salon"), BOB))
        .then_expect_events(vec![renamed("Salon", Some(BOB))]);
    given::<Room>([lounge_created()])
        .when(told(about("Tea"), ALICE))
        .then_expect_events(vec![topic_changed("Tea", Some(ALICE))]);
    given::<Room>([lounge_created()]).when(told(ImportedChange::Archived, None)).then_expect_events(vec![archived]);
}

#[test]
fn what_is_so_already_is_no_event() {
    let past = [lounge_created(), topic_changed("Tea", None)];
    for same in [to("Lounge "), about(" Tea ")] {
        given::<Room>(past.clone()).when(told(same, BOB)).then_expect_events(vec![]);
    }
    given::<Room>(past).when(told(about(""), BOB)).then_expect_events(vec![topic_changed("", Some(BOB))]);
    given::<Room>([lounge_created(), room_archived()])
        .when(told(ImportedChange::Archived, BOB))
        .then_expect_events(vec![]);
}

#[test]
fn it_is_archived_and_taken_out_as_it_was_there() {
    let archived = RoomEvent::RoomArchived { by: Some(ALICE), imported: Some(source()) };
    let unarchived = RoomEvent::RoomUnarchived { by: Some(BOB), imported: Some(source()) };
    let mut past = vec![lounge_created()];
    for (change, by, event) in [
        (ImportedChange::Archived, ALICE, archived.clone()),
        (ImportedChange::Unarchived, BOB, unarchived),
        (ImportedChange::Archived, ALICE, archived),
    ] {
        given::<Room>(past.clone()).when(told(change, by)).then_expect_events(vec![event.clone()]);
        past.push(event);
    }
    given::<Room>([lounge_created()]).when(told(ImportedChange::Unarchived, BOB)).then_expect_events(vec![]);
}

#[test]
fn whether_people_archived_it_here_stands() {
    let there = RoomEvent::RoomArchived { by: None, imported: Some(source()) };
    for past in [
        vec![lounge_created(), room_archived()],
        vec![lounge_created(), room_archived(), room_unarchived()],
        vec![lounge_created(), there, room_unarchived()],
    ] {
        for change in [ImportedChange::Archived, ImportedChange::Unarchived] {
            given::<Room>(past.clone()).when(told(change, ALICE)).then_expect_events(vec![]);
        }
    }
}

#[test]
fn what_a_source_archived_is_called_and_about_what_it_tells_afterwards() {
    let there = RoomEvent::RoomArchived { by: Some(ALICE), imported: Some(source()) };
    let mut past = vec![lounge_created(), there];
    for (change, by, event) in [
        // Today's name and topic, which no day tells, come last.
        (to("Salon"), None, renamed("Salon", None)),
        (about("Tea"), None, topic_changed("Tea", None)),
        // On the day on which it was taken out nothing was read.
        (to("Den"), Some(BOB), renamed("Den", Some(BOB))),
    ] {
        given::<Room>(past.clone()).when(told(change.clone(), by)).then_expect_events(vec![event.clone()]);
        past.push(event);
        given::<Room>(past.clone()).when(told(change, by)).then_expect_events(vec![]);
    }
    let out = RoomEvent::RoomUnarchived { by: None, imported: Some(source()) };
    given::<Room>(past).when(told(ImportedChange::Unarchived, None)).then_expect_events(vec![out]);
}

#[test]
fn what_people_archived_here_keeps_its_name_and_its_topic() {
    let there = RoomEvent::RoomArchived { by: None, imported: Some(source()) };
    for past in [
        vec![lounge_created(), room_archived()],
        vec![lounge_created(), there.clone(), room_unarchived(), room_archived()],
    ] {
        for change in [to("Salon"), about("Tea")] {
            given::<Room>(past.clone()).when(told(change, BOB)).then_expect_error(Refusal::Archived);
        }
    }
    for past in
        [vec![lounge_created(), room_archived(), room_unarchived()], vec![lounge_created(), there, room_unarchived()]]
    {
        given::<Room>(past).when(told(to("Salon"), BOB)).then_expect_events(vec![renamed("Salon", Some(BOB))]);
    }
}

#[test]
fn it_changes_what_is_there_and_open() {
    for change in [to("Salon"), about("Tea"), ImportedChange::Archived, ImportedChange::Unarchived] {
        given::<Room>([]).when(told(change.clone(), BOB)).then_expect_error(Refusal::NotFound);
        let closed = [lounge_created(), RoomEvent::RoomClosed];
        given::<Room>(closed).when(told(change, BOB)).then_expect_error(Refusal::NotFound);
    }
    let unnamed = Refusal::invalid("/name", "a room of two has no name");
    given::<Room>([dialog_created()]).when(told(to("Us"), BOB)).then_expect_error(unnamed);
}

#[test]
fn it_has_no_limit() {
    let changes = (0..SETTINGS_MAX).map(|change| topic_changed(&change.to_string(), None));
    let full = std::iter::once(lounge_created()).chain(changes).collect::<Vec<_>>();
    given::<Room>(full).when(told(about("Tea"), None)).then_expect_events(vec![topic_changed("Tea", None)]);
}
