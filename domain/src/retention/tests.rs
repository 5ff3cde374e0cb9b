//! What ends when.

use time::OffsetDateTime;
use time::macros::datetime;

use super::{Expiry, NoPeriod, Period, RetentionCommand, RetentionEvent};
use crate::erasure::Erasure;
use crate::facts::{ALICE, BOB, ELSEWHERE, LOUNGE, given};
use crate::holds::{Hold, Holds, Kept};
use crate::id::{HoldId, RoomId, UserId};
use crate::sealed::{KeyName, Month};

/// The last day of March, when all of February is 30 days old or older, and March is not.
const AT: OffsetDateTime = datetime!(2024-03-31 12:00 UTC);

fn period(text: &str) -> Period {
    text.parse().unwrap()
}

fn key(author: UserId, room: RoomId, at: OffsetDateTime) -> KeyName {
    KeyName::content(author, room, Month::of(at))
}

fn january(author: UserId) -> KeyName {
    key(author, LOUNGE, datetime!(2024-01-31 23:59:59 UTC))
}

fn february(author: UserId) -> KeyName {
    key(author, LOUNGE, datetime!(2024-02-29 23:59:59 UTC))
}

fn march(author: UserId) -> KeyName {
    key(author, LOUNGE, datetime!(2024-03-01 00:00 UTC))
}

fn expire(keys: impl Into<Vec<KeyName>>) -> RetentionCommand {
    let (keeps, holds) = (Some(period("P30D")), Holds::default());
    RetentionCommand::Expire { room: LOUNGE, keeps, keys: keys.into(), holds, forwarded: vec![], at: AT }
}

fn expired(first: KeyName, rest: impl Into<Vec<KeyName>>) -> RetentionEvent {
    RetentionEvent::MessagesExpired { room_id: LOUNGE, erasure: Erasure::of(first).with(rest.into()) }
}

fn held(room_id: Option<RoomId>, user_id: Option<UserId>) -> Holds {
    let hold = Hold { keeps: Kept { room_id, user_id }, reason: None, lifted: false };
    Holds { placed: [(HoldId(uuid::Uuid::nil()), hold)].into() }
}

#[test]
fn months_that_are_over_for_so_long_end() {
    given::<Expiry>([])
        .when(expire([january(ALICE), february(BOB), march(ALICE)]))
        .then_expect_events(vec![expired(january(ALICE), [february(BOB)])]);
}

#[test]
fn a_month_stays_until_its_last_moment_is_older() {
    let command = |at| RetentionCommand::Expire {
        room: LOUNGE,
        keeps: Some(period("P30D")),
        keys: vec![february(ALICE)],
        holds: Holds::default(),
        forwarded: vec![],
        at,
    };
    given::<Expiry>([]).when(command(datetime!(2024-03-30 23:59:59.999 UTC))).then_expect_events(vec![]);
    given::<Expiry>([])
        .when(command(datetime!(2024-03-31 00:00 UTC)))
        .then_expect_events(vec![expired(february(ALICE), [])]);
}

#[test]
fn a_room_that_keeps_for_good_loses_nothing() {
    let RetentionCommand::Expire { room, keys, holds, forwarded, at, .. } = expire([january(ALICE)]);
    let command = RetentionCommand::Expire { room, keeps: None, keys, holds, forwarded, at };
    given::<Expiry>([]).when(command).then_expect_events(vec![]);
}

#[test]
fn what_is_no_key_of_the_room_stays() {
    let others = [
        key(ALICE, ELSEWHERE, datetime!(2020-01-01 00:00 UTC)),
        KeyName::user(ALICE),
        KeyName::room(LOUNGE),
        KeyName::stored("content/x/y/z".into()),
    ];
    given::<Expiry>([]).when(expire(others)).then_expect_events(vec![]);
}

#[test]
fn what_is_held_stays() {
    for (holds, ends) in [
        (held(Some(LOUNGE), None), vec![]),
        (held(None, Some(ALICE)), vec![expired(january(BOB), [])]),
        (held(Some(LOUNGE), Some(BOB)), vec![expired(january(ALICE), [])]),
        (held(Some(ELSEWHERE), None), vec![expired(january(ALICE), [january(BOB)])]),
    ] {
        let RetentionCommand::Expire { room, keeps, keys, forwarded, at, .. } = expire([january(ALICE), january(BOB)]);
        given::<Expiry>([])
            .when(RetentionCommand::Expire { room, keeps, keys, holds, forwarded, at })
            .then_expect_events(ends);
    }
}

#[test]
fn what_somebody_forwarded_who_is_held_stays() {
    let RetentionCommand::Expire { room, keeps, keys, holds, at, .. } = expire([january(ALICE), january(BOB)]);
    let forwarded = vec![january(ALICE)];
    given::<Expiry>([])
        .when(RetentionCommand::Expire { room, keeps, keys, holds, forwarded, at })
        .then_expect_events(vec![expired(january(BOB), [])]);
}

#[test]
fn twice_is_once() {
    given::<Expiry>([expired(january(ALICE), [])]).when(expire([january(ALICE)])).then_expect_events(vec![]);
    given::<Expiry>([expired(january(ALICE), [])])
        .when(expire([february(ALICE)]))
        .then_expect_events(vec![expired(february(ALICE), [])]);
}

#[test]
fn a_period_is_so_many_days() {
    for (text, days) in [("P1D", 1), ("P30D", 30), ("P36500D", 36_500), ("P007D", 7)] {
        assert_eq!(period(text).days(), days);
    }
    assert_eq!(period("P007D").to_string(), "P7D");
    for wrong in
        ["", "P", "PD", "30", "P30", "30D", "P0D", "P36501D", "P-1D", "P+1D", "P1.5D", "P1W", "PT1H", "p1d", "P1D "]
    {
        assert_eq!(wrong.parse::<Period>(), Err(NoPeriod), "{wrong}");
    }
}
