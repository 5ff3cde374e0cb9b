//! Files of imports.

use super::{COPY, NOTES, alice, bytes, deleted, named, sent, uploaded, uploaded_as};
use crate::facts::{ALICE, BOB, GREETING, LOUNGE, erased, from_slack, given, slack};
use crate::file::{Blob, File, FileCommand, FileEvent, Grantee, PLACES_MAX, Source, Told};
use crate::id::{MessageId, UserId};
use crate::sealed::KeyName;
use uuid::Uuid;

fn import(blob: Option<Blob>) -> FileCommand {
    let told = Told { size: 7, media_type: "Text/HTML; charset=x".into() };
    FileCommand::Import { id: NOTES, owner: ALICE, filename: "../notes.txt".into(), told, blob, imported: slack() }
}

/// An import told of her notes, and had them not.
fn described() -> FileEvent {
    FileEvent::FileDescribed {
        owner_id: ALICE,
        filename_visible: named(NOTES, "..notes.txt"),
        told: Told { size: 7, media_type: "application/octet-stream".into() },
        imported: from_slack(KeyName::filename(ALICE, NOTES)),
    }
}

fn completed() -> FileEvent {
    FileEvent::FileCompleted { owner_id: ALICE, blob: bytes() }
}

#[test]
fn what_is_imported_twice_is_there_once() {
    let event = FileEvent::FileUploaded {
        owner_id: ALICE,
        filename_visible: named(NOTES, "..notes.txt"),
        blob: bytes(),
        room_id: None,
        secret: None,
        imported: Some(from_slack(KeyName::filename(ALICE, NOTES))),
    };
    given::<File>([]).when(import(Some(bytes()))).then_expect_events(vec![event.clone()]);
    given::<File>([event.clone()]).when(import(Some(bytes()))).then_expect_events(vec![]);
    given::<File>([event]).when(import(None)).then_expect_events(vec![]);
}

#[test]
fn bytes_that_come_later_complete_it_once() {
    given::<File>([]).when(import(None)).then_expect_events(vec![described()]);
    given::<File>([described()]).when(import(None)).then_expect_events(vec![]);
    given::<File>([described()]).when(import(Some(bytes()))).then_expect_events(vec![completed()]);
    given::<File>([described(), completed()]).when(import(Some(bytes()))).then_expect_events(vec![]);
}

#[test]
fn what_is_gone_is_not_completed() {
    let gone = FileEvent::FileDeleted { by: ALICE, owner_id: ALICE, filename_internal: None, erasure: None };
    given::<File>([described()]).when(FileCommand::Delete { by: alice() }).then_expect_events(vec![gone.clone()]);
    given::<File>([described(), gone]).when(import(Some(bytes()))).then_expect_events(vec![]);
}

#[test]
fn it_goes_with_a_message_once_as_long_as_it_is_there() {
    let send = FileCommand::ImportSend { room: LOUNGE, message: GREETING };
    given::<File>([described()]).when(send.clone()).then_expect_events(vec![sent(LOUNGE, GREETING)]);
    let most = (0..PLACES_MAX).map(|place| sent(LOUNGE, MessageId(Uuid::from_u128(0x1000 + place as u128))));
    for past in [
        vec![],
        vec![described(), sent(LOUNGE, GREETING)],
        vec![uploaded(), deleted()],
        vec![uploaded_as(erased())],
        [described()].into_iter().chain(most).collect(),
    ] {
        given::<File>(past).when(send.clone()).then_expect_events(vec![]);
    }
}

#[test]
fn it_is_granted_to_others_and_not_forwarded_without_its_bytes() {
    let to_bob = |user: UserId| Grantee::User(user);
    let mut file = super::after([described()]);
    file.evolve(&super::granted(to_bob(BOB)));
    assert!(file.users.contains(&BOB));
    let forward = |file: &File| {
        let source = Source::of(NOTES, file);
        File::default().decide(FileCommand::Forward { id: COPY, by: BOB, source, room: LOUNGE, message: GREETING })
    };
    assert_eq!(forward(&file), Ok(vec![]));
    file.evolve(&completed());
    assert_eq!(forward(&file).map(|events| events.len()), Ok(1));
}
