use serde_json::json;
use time::macros::datetime;
use uuid::Uuid;

use super::*;
use event_store::Recorded;

fn recorded() -> Recorded {
    Recorded {
        position: 7,
        event_id: Uuid::from_u128(1),
        aggregate_type: "room".to_owned(),
        aggregate_id: "2:3".to_owned(),
        sequence: 4,
        event_type: "room_renamed".to_owned(),
        event_version: "1".to_owned(),
        recorded_at: datetime!(2025-03-01 12:00:00.000_100 UTC),
        payload: r#"{"b":1,"a":{"box":"x","key":"k"}}"#.to_owned(),
        metadata: r#"{"z":null,"y":"\u0001"}"#.to_owned(),
    }
}

#[test]
fn payload_and_metadata_go_out_as_they_are_stored() {
    let event = Event::of(recorded(), None, None).unwrap();
    insta::assert_snapshot!(serde_json::to_string(&event).unwrap(), @r#"{"position":7,"event_id":"00000000-0000-0000-0000-000000000001","stream":"room-2:3","sequence":4,"type":"room_renamed","version":"1","recorded_at":"2025-03-01T12:00:00.000100Z","payload":{"b":1,"a":{"box":"x","key":"k"}},"metadata":{"z":null,"y":"\u0001"}}"#);
}

#[test]
fn a_cloud_event_has_texts_for_attributes_and_the_payload_for_data() {
    let event = Event::of(recorded(), None, Some(json!({"b": 1}))).unwrap();
    let event = CloudEvent::of(event, Uuid::from_u128(9), 2);
    insta::assert_snapshot!(serde_json::to_string(&event).unwrap(), @r#"{"specversion":"1.0","id":"00000000-0000-0000-0000-000000000001","source":"urn:uuid:00000000-0000-0000-0000-000000000009","type":"room_renamed","subject":"room-2:3","time":"2025-03-01T12:00:00.000100Z","datacontenttype":"application/json","position":"7","sequence":"4","version":"1","epoch":"2","metadata":"{\"z\":null,\"y\":\"\\u0001\"}","opened":"{\"b\":1}","data":{"b":1,"a":{"box":"x","key":"k"}}}"#);
}

#[test]
fn the_name_of_a_stream_ends_its_kind_at_the_first_dash() {
    let filter = Filter::default().of_stream("membership-a-b:c-d").unwrap();
    assert_eq!(filter.stream, Some(("membership".to_owned(), "a-b:c-d".to_owned())));
    assert_eq!(Filter::default().of_stream("room"), Err(NotAStream));
}

#[test]
fn read_models_are_needed_where_the_log_has_no_index() {
    let typed = |kind: &str| Filter { event_type: Some(kind.to_owned()), ..Filter::default() };
    assert!(!typed("message_sent").needs_read_models());
    let typed = typed("message_edited");
    assert!(typed.needs_read_models());
    assert!(!typed.of_stream("room-1").unwrap().needs_read_models());
    assert!(!Filter { after: 7, until: Some(9), ..Filter::default() }.needs_read_models());
    assert!(Filter { open: true, ..Filter::default() }.needs_read_models());
}
