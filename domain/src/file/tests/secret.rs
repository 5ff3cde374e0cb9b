//! Files of secret rooms.

use super::{COPY, NOTES, alice, bytes, given, uploaded};
use crate::erasure::Erasure;
use crate::facts::{ALICE, BOB, ELSEWHERE, GREETING, LOUNGE, lounge, member, member_with, secret, stranger};
use crate::file::{Asker, Blob, File, FileCommand, FileEvent, Grantee, Secret, To};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};

fn key() -> KeyName {
    KeyName::file(ALICE, LOUNGE, NOTES)
}

fn opens() -> Secret {
    Secret { sha256: "2cf2".into(), key: "5a".repeat(32), preview: None }
}

fn blob() -> Blob {
    Blob { filename_internal: NOTES.to_string(), sha256: None, ..bytes() }
}

fn upload(by: Standing) -> FileCommand {
    let secret = Some((LOUNGE, by, opens()));
    FileCommand::Upload { id: NOTES, owner: ALICE, filename: "notes.txt".into(), blob: blob(), secret }
}

fn whispered() -> FileEvent {
    FileEvent::FileUploaded {
        owner_id: ALICE,
        filename_visible: Sealed::new(key(), "notes.txt".into()),
        blob: blob(),
        room_id: Some(LOUNGE),
        secret: Some(Sealed::new(key(), opens())),
        imported: None,
    }
}

fn sent() -> FileEvent {
    FileEvent::FileGranted { to: Grantee::Room(LOUNGE), message_id: Some(GREETING) }
}

fn destroyed(by: crate::id::UserId) -> FileEvent {
    let filename_internal = NOTES.to_string();
    FileEvent::FileDeleted {
        by,
        owner_id: ALICE,
        filename_internal: Some(filename_internal),
        erasure: Some(Erasure::of(key())),
    }
}

#[test]
fn it_is_uploaded_for_its_room_with_a_key_of_its_own() {
    given::<File>([]).when(upload(member(ALICE, &secret()))).then_expect_events(vec![whispered()]);
    for (by, refusal) in [
        (stranger(ALICE, &secret()), Refusal::NotFound),
        (member_with(ALICE, &secret(), []), Refusal::Lacks(Permission::SendFiles)),
    ] {
        given::<File>([]).when(upload(by)).then_expect_error(refusal);
    }
    let elsewhere = File::for_a_secret_room(&member(ALICE, &lounge()));
    assert!(matches!(elsewhere, Err(Refusal::Invalid { .. })), "{elsewhere:?}");
}

#[test]
fn it_is_sent_there_alone_and_what_is_not_secret_is_not_sent_there() {
    let send = |room| FileCommand::Send { by: member(ALICE, &secret()), room, message: GREETING, ordinal: 0 };
    given::<File>([whispered()]).when(send(LOUNGE)).then_expect_events(vec![sent()]);
    let stays = Refusal::invalid("/file_ids/0", "stays in the secret room that it was uploaded for");
    given::<File>([whispered()]).when(send(ELSEWHERE)).then_expect_error(stays);
    let shared = Refusal::invalid("/file_ids/0", "was not uploaded for this secret room");
    given::<File>([uploaded()]).when(send(LOUNGE)).then_expect_error(shared);
    let grant = FileCommand::Grant { by: alice(), to: To::User(BOB) };
    given::<File>([whispered()]).when(grant).then_expect_error(Refusal::StaysSecret);
}

#[test]
fn it_ends_with_its_message_and_its_key_with_it() {
    let withdraw = FileCommand::Withdraw { by: BOB, room: LOUNGE, message: GREETING };
    given::<File>([whispered(), sent()]).when(withdraw.clone()).then_expect_events(vec![destroyed(BOB)]);
    given::<File>([whispered(), sent(), destroyed(BOB)]).when(withdraw).then_expect_events(vec![]);
    let delete = FileCommand::Delete { by: Asker { user: ALICE, sees: true } };
    given::<File>([whispered()]).when(delete).then_expect_events(vec![destroyed(ALICE)]);
    assert_ne!(key(), KeyName::file(ALICE, LOUNGE, COPY));
}
