//! Given, when, then: files.

mod forward;
mod grant;
mod import;
mod secret;

use uuid::Uuid;

use super::{Asker, Blob, File, FileCommand, FileEvent, Grantee, Preview};
use crate::erasure::Erasure;
use crate::facts::{ALICE, BOB, CAROL, ELSEWHERE, GREETING, LOUNGE, erased, given, lounge, member, personal};
use crate::id::{FileId, MessageId, RoomId, UserId};
use crate::permission::Standing;
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};

/// A file of Alice's.
const NOTES: FileId = FileId(Uuid::from_u128(0x60));
/// What is made of it.
const COPY: FileId = FileId(Uuid::from_u128(0x61));
/// Another message.
const REMINDER: MessageId = MessageId(Uuid::from_u128(0x22));

fn bytes() -> Blob {
    Blob {
        filename_internal: "2cf2".into(),
        sha256: Some("2cf2".into()),
        size: 5,
        media_type: "text/plain".into(),
        pixels: None,
        preview: Some(Preview {
            filename_internal: "486e".into(),
            sha256: Some("486e".into()),
            size: 3,
            media_type: "image/jpeg".into(),
        }),
    }
}

fn uploaded_as(filename_visible: Sealed<String>) -> FileEvent {
    let blob = bytes();
    FileEvent::FileUploaded { owner_id: ALICE, filename_visible, blob, room_id: None, secret: None, imported: None }
}

/// What a file of Alice's is called, sealed with its key.
fn named(file: FileId, filename: &str) -> Sealed<String> {
    Sealed::new(KeyName::filename(ALICE, file), filename.to_owned())
}

/// Alice uploaded her notes.
fn uploaded() -> FileEvent {
    uploaded_as(named(NOTES, "notes.txt"))
}

fn granted(to: Grantee) -> FileEvent {
    FileEvent::FileGranted { to, message_id: None }
}

fn sent(room: RoomId, message: MessageId) -> FileEvent {
    FileEvent::FileGranted { to: Grantee::Room(room), message_id: Some(message) }
}

fn deleted() -> FileEvent {
    FileEvent::FileDeleted { by: ALICE, owner_id: ALICE, filename_internal: Some("2cf2".into()), erasure: None }
}

/// Her notes ended, with their name.
fn ended() -> FileEvent {
    let erasure = Some(Erasure::of(KeyName::filename(ALICE, NOTES)));
    FileEvent::FileDeleted { by: ALICE, owner_id: ALICE, filename_internal: Some("2cf2".into()), erasure }
}

/// Who owns the notes.
fn alice() -> Asker {
    Asker { user: ALICE, sees: true }
}

/// Who may see them.
fn reader(user: UserId) -> Asker {
    Asker { user, sees: true }
}

/// Who may not know of them.
fn outsider(user: UserId) -> Asker {
    Asker { user, sees: false }
}

/// A file as its events left it.
fn after(past: impl IntoIterator<Item = FileEvent>) -> File {
    let mut file = File::default();
    for event in past {
        file.evolve(&event);
    }
    file
}

fn upload(filename: &str) -> FileCommand {
    FileCommand::Upload { id: NOTES, owner: ALICE, filename: filename.into(), blob: bytes(), secret: None }
}

fn send(by: Standing) -> FileCommand {
    FileCommand::Send { by, room: LOUNGE, message: GREETING, ordinal: 3 }
}

#[test]
fn what_is_uploaded_has_a_clean_name_that_ends_with_its_owner() {
    given::<File>([])
        .when(upload("../notes\u{202e}.txt"))
        .then_expect_events(vec![uploaded_as(named(NOTES, "..notes.txt"))]);
    given::<File>([uploaded()]).when(upload("notes.txt")).then_expect_error(Refusal::IdTaken);
}

#[test]
fn its_owner_sends_it_and_nobody_else() {
    let by = member(ALICE, &lounge());
    given::<File>([uploaded()]).when(send(by.clone())).then_expect_events(vec![sent(LOUNGE, GREETING)]);
    let none = || Refusal::invalid("/file_ids/3", "you have no such file");
    for (past, by) in [
        (vec![], by.clone()),
        (vec![uploaded(), deleted()], by.clone()),
        (vec![uploaded_as(erased())], by),
        (vec![uploaded(), granted(Grantee::User(BOB))], member(BOB, &lounge())),
    ] {
        given::<File>(past).when(send(by)).then_expect_error(none());
    }
}

#[test]
fn a_message_s_deletion_takes_what_it_gave_and_no_more() {
    let withdraw = |message| FileCommand::Withdraw { by: CAROL, room: LOUNGE, message };
    let revoked = FileEvent::FileRevoked { from: Grantee::Room(LOUNGE), message_id: Some(GREETING) };
    let past = [uploaded(), sent(LOUNGE, GREETING), sent(LOUNGE, REMINDER), sent(ELSEWHERE, GREETING)];
    given::<File>(past.clone()).when(withdraw(GREETING)).then_expect_events(vec![revoked.clone()]);
    let mut file = after(past.into_iter().chain([revoked]));
    assert_eq!(file.rooms[&LOUNGE].iter().map(|way| way.message_id).collect::<Vec<_>>(), [Some(REMINDER)]);
    assert_eq!(file.decide(withdraw(GREETING)), Ok(vec![]));
    file.evolve(&FileEvent::FileRevoked { from: Grantee::Room(LOUNGE), message_id: Some(REMINDER) });
    assert_eq!(file.rooms.keys().collect::<Vec<_>>(), [&ELSEWHERE]);
    assert_eq!(after([uploaded(), sent(LOUNGE, GREETING), deleted()]).decide(withdraw(GREETING)), Ok(vec![]));
}

#[test]
fn its_owner_alone_deletes_it_once() {
    let delete = |by| FileCommand::Delete { by };
    given::<File>([uploaded()]).when(delete(alice())).then_expect_events(vec![deleted()]);
    given::<File>([uploaded()]).when(delete(reader(BOB))).then_expect_error(Refusal::NotTheOwnerOfTheFile);
    for (past, by) in [
        (vec![uploaded()], outsider(BOB)),
        (vec![uploaded(), deleted()], alice()),
        (vec![], alice()),
        (vec![uploaded_as(erased())], alice()),
    ] {
        given::<File>(past).when(delete(by)).then_expect_error(Refusal::NotFound);
    }
}

#[test]
fn what_came_with_a_message_that_is_too_old_ends_with_it() {
    let expire = |kept| FileCommand::Expire { room: LOUNGE, message: GREETING, kept };
    let revoked = || FileEvent::FileRevoked { from: Grantee::Room(LOUNGE), message_id: Some(GREETING) };
    let sent_once = || vec![uploaded(), sent(LOUNGE, GREETING)];
    given::<File>(sent_once()).when(expire(false)).then_expect_events(vec![revoked(), ended()]);
    given::<File>(sent_once()).when(expire(true)).then_expect_events(vec![revoked()]);
    // Where it is seen besides, it stays.
    for elsewhere in [sent(LOUNGE, REMINDER), sent(ELSEWHERE, REMINDER), granted(Grantee::User(BOB))] {
        let past = [sent_once(), vec![elsewhere]].concat();
        given::<File>(past).when(expire(false)).then_expect_events(vec![revoked()]);
    }
    for past in
        [vec![], vec![uploaded()], [sent_once(), vec![revoked()]].concat(), [sent_once(), vec![deleted()]].concat()]
    {
        given::<File>(past).when(expire(false)).then_expect_events(vec![]);
    }
}

#[test]
fn a_name_ends_for_good_with_what_no_room_keeps_and_with_nothing_else() {
    let expire = FileCommand::Expire { room: LOUNGE, message: GREETING, kept: false };
    // Its owner deletes it, or deletes the message: what it was called stays on record.
    let mut file = after([uploaded(), sent(LOUNGE, GREETING)]);
    assert_eq!(file.decide(FileCommand::Delete { by: alice() }), Ok(vec![deleted()]));
    assert_eq!(file.erasure(), None);
    let ends = file.decide(expire.clone()).unwrap();
    for event in &ends {
        file.evolve(event);
    }
    assert_eq!((ends.last(), file.is_there()), (Some(&ended()), false));
    // One of before, whose name its author's key seals, ends without.
    let revoked = FileEvent::FileRevoked { from: Grantee::Room(LOUNGE), message_id: Some(GREETING) };
    let before = [uploaded_as(personal(ALICE, "notes.txt".into())), sent(LOUNGE, GREETING)];
    given::<File>(before).when(expire).then_expect_events(vec![revoked, deleted()]);
}

#[test]
fn a_picture_is_a_file_of_ones_own_that_is_there() {
    let after = |events: &[FileEvent]| {
        let mut file = File::default();
        for event in events {
            file.evolve(event);
        }
        file
    };
    let no_such_file = Err(Refusal::invalid("/avatar_file_id", "you have no such file"));
    assert_eq!(after(&[uploaded()]).pictures(ALICE), Ok(()));
    assert_eq!(after(&[uploaded(), granted(Grantee::User(BOB))]).pictures(BOB), no_such_file);
    assert_eq!(after(&[uploaded(), deleted()]).pictures(ALICE), no_such_file);
    assert_eq!(after(&[uploaded_as(erased())]).pictures(ALICE), no_such_file);
    assert_eq!(after(&[]).pictures(ALICE), no_such_file);
}
