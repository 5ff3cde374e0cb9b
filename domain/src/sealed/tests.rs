//! The names of keys, and the mark of what is sealed.

use serde_json::json;
use time::macros::datetime;

use super::*;
use crate::facts::{ALICE, BOB, GREETING, LOUNGE, NOON};

const ALICE_ID: &str = "00000000-0000-0000-0000-0000000a11ce";
const LOUNGE_ID: &str = "00000000-0000-0000-0000-000000000010";
/// A file of Alice's.
const NOTES: FileId = FileId(uuid::Uuid::from_u128(0x60));

const GREETING_ID: &str = "00000000-0000-0000-0000-000000000020";

#[test]
fn keys_are_found_by_the_ids_in_their_names() {
    assert_eq!(KeyName::user(ALICE).as_str(), format!("user/{ALICE_ID}"));
    assert_eq!(KeyName::room(LOUNGE).as_str(), format!("room/{LOUNGE_ID}"));
    assert_eq!(KeyName::audit(ALICE).as_str(), format!("audit/{ALICE_ID}"));
    let content = KeyName::content(ALICE, LOUNGE, Month::of(NOON));
    assert_eq!(content.as_str(), format!("content/{ALICE_ID}/{LOUNGE_ID}/2024-05"));
    let message = KeyName::message(ALICE, LOUNGE, GREETING);
    assert_eq!(message.as_str(), format!("message/{ALICE_ID}/{LOUNGE_ID}/{GREETING_ID}"));
    let reaction = KeyName::reaction(ALICE, LOUNGE, GREETING);
    assert_eq!(reaction.as_str(), format!("reaction/{ALICE_ID}/{LOUNGE_ID}/{GREETING_ID}"));
    assert_eq!([content, message, reaction].map(|key| key.author()), [Some(ALICE); 3]);
    assert_eq!((KeyName::user(ALICE).author(), KeyName::room(LOUNGE).author()), (None, None));
}

#[test]
fn content_is_wrapped_by_its_author_s_key_and_the_rest_by_the_master_key() {
    let content = KeyName::content(ALICE, LOUNGE, Month::of(NOON));
    assert_eq!(wrapped_by(content.as_str()), [KeyName::user(ALICE).as_str()]);
    for name in [KeyName::user(ALICE), KeyName::room(LOUNGE), KeyName::audit(ALICE)] {
        assert_eq!(wrapped_by(name.as_str()), Vec::<String>::new());
    }
}

#[test]
fn the_name_of_a_file_goes_with_its_author_or_alone() {
    let (name, file) = (KeyName::filename(ALICE, NOTES), KeyName::file(ALICE, LOUNGE, NOTES));
    assert_eq!(name.as_str(), format!("filename/{ALICE}/{NOTES}"));
    assert_eq!(wrapped_by(name.as_str()), [KeyName::user(ALICE).as_str()]);
    assert_eq!((name.filename_of(), name.of_a_file()), (Some((ALICE, NOTES)), None));
    assert_eq!((file.filename_of(), file.of_a_file()), (None, Some((ALICE, NOTES))));
    assert!(!name.is_of_a_message() && !is_fleeting(name.as_str()), "it is shown where the file is");
}

#[test]
fn the_reason_of_a_suspension_goes_with_either_person() {
    let reason = KeyName::suspension(BOB, ALICE);
    assert_eq!(reason.as_str(), format!("suspension/{BOB}/{ALICE}"));
    assert_eq!(wrapped_by(reason.as_str()), [KeyName::user(BOB).as_str(), KeyName::user(ALICE).as_str()]);
}

#[test]
fn a_secret_message_s_key_is_wrapped_by_its_author_s_and_then_by_its_room_s_and_a_reaction_s_so() {
    let message = KeyName::message(ALICE, LOUNGE, GREETING);
    assert_eq!(wrapped_by(message.as_str()), [KeyName::user(ALICE).as_str(), KeyName::room(LOUNGE).as_str()]);
    let reaction = KeyName::reaction(BOB, LOUNGE, GREETING);
    assert_eq!(wrapped_by(reaction.as_str()), [KeyName::user(BOB).as_str(), KeyName::room(LOUNGE).as_str()]);
}

#[test]
fn only_the_keys_of_a_secret_message_are_fleeting() {
    let (message, reaction) = (KeyName::message(ALICE, LOUNGE, GREETING), KeyName::reaction(BOB, LOUNGE, GREETING));
    assert!(message.is_of_a_message() && !message.is_of_a_reaction());
    assert!(reaction.is_of_a_message() && reaction.is_of_a_reaction());
    let content = KeyName::content(ALICE, LOUNGE, Month::of(NOON));
    for name in [content, KeyName::user(ALICE), KeyName::room(LOUNGE), KeyName::audit(ALICE)] {
        assert!(!name.is_of_a_message() && !is_fleeting(name.as_str()), "{name:?}");
    }
}

#[test]
fn a_month_is_one_of_utc() {
    let name = |time| KeyName::content(ALICE, LOUNGE, Month::of(time)).as_str().rsplit_once('/').unwrap().1.to_owned();
    assert_eq!(name(datetime!(2024-06-01 00:30 +1)), "2024-05");
    assert_eq!(name(datetime!(2024-05-31 23:30 -1)), "2024-06");
    assert_eq!(name(datetime!(2024-12-31 23:59:59.999 UTC)), "2024-12");
    assert_eq!(name(datetime!(0987-01-01 0:00 UTC)), "0987-01");
}

#[test]
fn what_is_sealed_has_a_mark_of_two_fields() {
    let sealed = Sealed::new(KeyName::user(ALICE), "Alice".to_owned());
    let marked = json!({"key": format!("user/{ALICE_ID}"), "open": "Alice"});
    assert_eq!(serde_json::to_value(&sealed).unwrap(), marked);
    assert_eq!(serde_json::from_value::<Sealed<String>>(marked).unwrap(), sealed);
    assert_eq!((sealed.get(), sealed.key()), (Some(&"Alice".to_owned()), &KeyName::user(ALICE)));
}

#[test]
fn without_its_key_nothing_is_readable() {
    let name = KeyName::user(ALICE);
    for unopened in [json!({"key": name}), json!({"key": name, "open": null}), json!({"key": name, "box": "aGk="})] {
        let sealed: Sealed<String> = serde_json::from_value(unopened).unwrap();
        assert_eq!((sealed.get(), sealed.key()), (None, &name));
        assert_eq!(sealed.into_inner(), None);
    }
}
