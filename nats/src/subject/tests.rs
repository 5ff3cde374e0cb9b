use super::*;
use crate::event::tests::recorded;

const ROOM: &str = "0190a000-0000-7000-8000-000000000001";
const USER: &str = "0190a000-0000-7000-8000-000000000002";

#[test]
fn a_room_decides_before_an_actor_before_the_stream() {
    let mut event = recorded(1);
    event.aggregate_id = "aggregate".to_owned();
    for (metadata, key) in [
        (format!(r#"{{"actor_id":"{USER}","room_id":"{ROOM}"}}"#), ROOM),
        (format!(r#"{{"actor_id":"{USER}","room_id":null}}"#), USER),
        (r#"{"actor_id":null}"#.to_owned(), "aggregate"),
        ("not JSON".to_owned(), "aggregate"),
    ] {
        event.metadata = metadata;
        assert_eq!(subject(&event), format!("hansard.evt.{}.message.message_sent", partition(key)));
    }
}

#[test]
fn partitions_never_change() {
    // FNV-1a, 64 bits: published vectors of the hash, mod 64.
    assert_eq!(partition(""), 0xcbf2_9ce4_8422_2325 % 64);
    assert_eq!(partition("a"), 0xaf63_dc4c_8601_ec8c % 64);
    assert_eq!(partition("foobar"), 0x8594_4171_f739_67e8 % 64);
}

#[test]
fn every_partition_gets_its_share_of_rooms() {
    let mut counts = [0_u32; 64];
    for n in 0..64_000_u128 {
        let room = uuid::Uuid::from_u128((0x0190_a000_0000_7000_8000_u128 << 48) + n * 7919);
        counts[usize::try_from(partition(&room.to_string())).unwrap()] += 1;
    }
    assert!(counts.iter().all(|count| (700..1300).contains(count)), "{counts:?}");
}

#[test]
fn any_name_makes_one_token() {
    let mut event = recorded(1);
    event.aggregate_type = "a.b c>*é".to_owned();
    event.event_type = String::new();
    assert!(subject(&event).ends_with(".a_b_c___._"), "{}", subject(&event));
}
