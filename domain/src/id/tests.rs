//! Identifiers in and out.

use super::*;

const TEXT: &str = "0190a5e0-7b3c-7def-8abc-0123456789ab";

#[test]
fn an_id_is_written_and_read_in_canonical_form() {
    let id: RoomId = TEXT.parse().unwrap();
    assert_eq!(id.to_string(), TEXT);
    assert_eq!(serde_json::to_value(id).unwrap(), TEXT);
    assert_eq!(serde_json::from_value::<RoomId>(TEXT.into()).unwrap(), id);
}

#[test]
fn one_thing_has_one_address() {
    for other in [
        "0190A5E0-7B3C-7DEF-8ABC-0123456789AB",
        "0190a5e07b3c7def8abc0123456789ab",
        "{0190a5e0-7b3c-7def-8abc-0123456789ab}",
        "urn:uuid:0190a5e0-7b3c-7def-8abc-0123456789ab",
        " 0190a5e0-7b3c-7def-8abc-0123456789ab",
        "0190a5e0-7b3c-7def-8abc-0123456789a",
        "me",
        "",
    ] {
        assert_eq!(other.parse::<MessageId>(), Err(NotAnId), "{other}");
        let read = serde_json::from_value::<MessageId>(other.into());
        assert_eq!(read.unwrap_err().to_string(), "not a UUID in lower case", "{other}");
    }
}

#[test]
fn a_derived_id_is_the_same_for_ever() {
    // The first 16 bytes of `printf 'slack\0C1' | sha256sum`, with the bits of version 8 and of the variant set.
    let id = derived("slack", "C1");
    assert_eq!(id.to_string(), "0954be91-e17b-894c-b2db-3d9f088e1a50");
    assert_eq!((id.get_version_num(), id.get_variant()), (8, uuid::Variant::RFC4122));
}

#[test]
fn space_and_name_do_not_run_together() {
    assert_ne!(derived("a", "bc"), derived("ab", "c"));
    assert_ne!(derived("a", "b"), derived("b", "a"));
}
