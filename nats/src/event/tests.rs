use proptest::prelude::*;

use super::*;

const ORIGIN: Timeline = Timeline { epoch: 3, origin: Uuid::from_u128(0x0f0e_0d0c) };
const MIB: usize = 1024 * 1024;

pub(crate) fn recorded(position: i64) -> Recorded {
    Recorded {
        position,
        event_id: Uuid::from_u128(u128::try_from(position).unwrap()),
        aggregate_type: "message".to_owned(),
        aggregate_id: "0190a000-0000-7000-8000-000000000003".to_owned(),
        sequence: 1,
        event_type: "message_sent".to_owned(),
        event_version: "1".to_owned(),
        recorded_at: OffsetDateTime::from_unix_timestamp_nanos(1_700_000_000_123_456_000).unwrap(),
        payload: r#"{"type":"message_sent"}"#.to_owned(),
        metadata: r#"{"actor_id":null,"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}"#
            .to_owned(),
    }
}

fn any_event() -> impl Strategy<Value = Recorded> {
    let text = || prop_oneof!["[a-z_]{1,12}", any::<String>(), "[-% \"\r\n\u{0}é]{0,6}"];
    // PostgreSQL's own resolution, over the years that RFC 3339 can say.
    let time = (0_i64..253_402_300_799_000_000)
        .prop_map(|micros| OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000).unwrap());
    let ids = (1..=i64::MAX, any::<u128>(), 1..=i64::MAX);
    (ids, text(), text(), text(), text(), time, any::<String>(), any::<String>()).prop_map(
        |(
            (position, id, sequence),
            aggregate_type,
            aggregate_id,
            event_type,
            event_version,
            recorded_at,
            payload,
            metadata,
        )| {
            let event_id = Uuid::from_u128(id);
            Recorded {
                position,
                event_id,
                aggregate_type,
                aggregate_id,
                sequence,
                event_type,
                event_version,
                recorded_at,
                payload,
                metadata,
            }
        },
    )
}

proptest! {
    #[test]
    fn every_event_comes_back_as_it_was(event in any_event(), epoch in any::<i32>(), origin in any::<u128>()) {
        let timeline = Timeline { epoch, origin: Uuid::from_u128(origin) };
        let message = encode(&event, timeline, MIB);
        for (_, values) in message.headers.iter() {
            prop_assert!(values.iter().all(|value| value.as_str().bytes().all(|byte| byte.is_ascii_graphic())));
        }
        let delivery = decode(&message.headers, &message.payload).unwrap();
        prop_assert_eq!(delivery, Delivery { timeline, position: event.position, mark: Mark::of(&event), event: Some(event) });
    }
}

#[test]
fn a_message_is_a_cloud_event() {
    let message = encode(&recorded(7), ORIGIN, MIB);
    let header = |name: &str| message.headers.get(name).map(|value| value.as_str().to_owned());
    assert_eq!(header("ce-specversion").as_deref(), Some("1.0"));
    assert_eq!(header("ce-id").as_deref(), Some("00000000-0000-0000-0000-000000000007"));
    assert_eq!(header("ce-source").as_deref(), Some("urn:uuid:00000000-0000-0000-0000-00000f0e0d0c"));
    assert_eq!(header("ce-type").as_deref(), Some("message_sent"));
    assert_eq!(header("ce-subject").as_deref(), Some("message-0190a000-0000-7000-8000-000000000003"));
    assert_eq!(header("ce-time").as_deref(), Some("2023-11-14T22:13:20.123456Z"));
    assert_eq!(header("ce-position").as_deref(), Some("7"));
    assert_eq!(header("ce-epoch").as_deref(), Some("3"));
    assert_eq!(header("ce-traceparent").as_deref(), Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
    assert_eq!(message.payload, r#"{"type":"message_sent"}"#);
}

#[test]
fn an_event_too_large_says_where_it_is() {
    let mut event = recorded(7);
    event.payload = format!(r#"{{"text":"{}"}}"#, "x".repeat(4096));
    assert!(decode_back(&event, 8192).event.is_some());
    let without = decode_back(&event, 4096);
    assert_eq!(without, Delivery { timeline: ORIGIN, position: 7, mark: Mark::of(&event), event: None });
    assert!(encode(&event, ORIGIN, 4096).payload.is_empty());
}

#[test]
fn foreign_messages_are_told_apart() {
    assert_eq!(decode(&HeaderMap::new(), &Bytes::new()), Err(Malformed("ce-position")));
    let mut message = encode(&recorded(7), ORIGIN, MIB);
    message.headers.insert("ce-id", "7");
    assert_eq!(decode(&message.headers, &message.payload), Err(Malformed("ce-id")));
}

fn decode_back(event: &Recorded, limit: usize) -> Delivery {
    let message = encode(event, ORIGIN, limit);
    decode(&message.headers, &message.payload).unwrap()
}
