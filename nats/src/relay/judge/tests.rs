use super::*;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::event::{Mark, Timeline};
use crate::stream::{Retention, Stamp, StreamName, config};

const NAME: StreamName = StreamName { epoch: 1, base: 10 };

fn stream(last: u64, message: Last) -> Tail {
    Tail { name: NAME, first: 1, last, message, config: config(NAME, Retention::default()) }
}

fn event(epoch: i32, position: i64, n: u128) -> Last {
    let timeline = Timeline { epoch, origin: Uuid::nil() };
    Last::Event(Stamp { timeline, position, mark: id(n) })
}

fn id(n: u128) -> Mark {
    Mark { event_id: Uuid::from_u128(n), recorded_at: OffsetDateTime::UNIX_EPOCH }
}

#[test]
fn a_stream_that_ends_as_the_log_has_it_goes_on() {
    let place = Place { position: 15, mark: Some(id(15)) };
    assert_eq!(judge(&stream(5, event(1, 15, 15)), 15, Some(id(15))), Verdict::GoOn(place));
    assert_eq!(judge(&stream(5, event(1, 15, 15)), 99, Some(id(15))), Verdict::GoOn(place));
}

#[test]
fn a_new_stream_goes_on_from_its_base() {
    assert_eq!(
        judge(&stream(0, Last::Nothing), 10, Some(id(10))),
        Verdict::GoOn(Place { position: 10, mark: Some(id(10)) })
    );
    assert_eq!(
        judge(&stream(0, Last::Nothing), 99, Some(id(10))),
        Verdict::GoOn(Place { position: 10, mark: Some(id(10)) })
    );
}

#[test]
fn a_stream_ahead_of_the_log_is_of_a_lost_timeline() {
    for message in [Last::Nothing, Last::Expired, Last::Foreign, event(1, 15, 15)] {
        let last = if message == Last::Nothing { 0 } else { 5 };
        assert!(matches!(judge(&stream(last, message), 9, None), Verdict::NewEpoch(_)));
    }
}

#[test]
fn another_event_at_the_same_place_is_of_a_lost_timeline() {
    assert!(matches!(judge(&stream(5, event(1, 15, 15)), 15, Some(id(16))), Verdict::NewEpoch(_)));
    assert!(matches!(judge(&stream(5, event(1, 15, 15)), 99, Some(id(16))), Verdict::NewEpoch(_)));
}

#[test]
fn what_cannot_be_compared_is_left() {
    assert!(matches!(judge(&stream(5, Last::Expired), 15, Some(id(15))), Verdict::NewBase(_)));
    assert!(matches!(judge(&stream(5, Last::Foreign), 15, Some(id(15))), Verdict::NewBase(_)));
    assert!(matches!(judge(&stream(5, event(1, 14, 14)), 15, Some(id(15))), Verdict::NewBase(_)));
    assert!(matches!(judge(&stream(5, event(2, 15, 15)), 15, Some(id(15))), Verdict::NewBase(_)));
}

#[test]
fn the_same_id_at_another_time_is_another_event() {
    let later = Mark { recorded_at: OffsetDateTime::UNIX_EPOCH + Duration::MICROSECOND, ..id(15) };
    assert!(matches!(judge(&stream(5, event(1, 15, 15)), 15, Some(later)), Verdict::NewEpoch(_)));
}
