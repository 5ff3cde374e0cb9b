//! Given, when, then: sessions.

use time::Duration;

use super::{Session, SessionCommand, SessionEvent};
use crate::facts::{ALICE, BOB, NOON, given, personal};
use crate::refusal::Refusal;

fn alice_signed_in() -> SessionEvent {
    SessionEvent::SessionStarted {
        user_id: ALICE,
        secret_sha256: "ab".repeat(32),
        generation: 3,
        ip: personal(ALICE, "192.0.2.1".into()),
        user_agent: personal(ALICE, "curl/8".into()),
        expires_at: NOON,
    }
}

fn alice_signs_in(user_agent: &str) -> SessionCommand {
    SessionCommand::Start {
        user: ALICE,
        secret_sha256: "ab".repeat(32),
        generation: 3,
        ip: "192.0.2.1".into(),
        user_agent: user_agent.into(),
        expires_at: NOON,
    }
}

#[test]
fn somebody_signs_in() {
    given::<Session>([]).when(alice_signs_in("curl/8")).then_expect_events(vec![alice_signed_in()]);
}

#[test]
fn of_a_user_agent_only_so_much_is_kept() {
    let started = given::<Session>([]).when(alice_signs_in(&"é".repeat(600))).inspect_result().unwrap();
    let [SessionEvent::SessionStarted { user_agent, .. }] = started.as_slice() else { panic!("{started:?}") };
    assert_eq!(user_agent.get(), Some(&"é".repeat(512)));
}

#[test]
fn a_session_starts_once() {
    given::<Session>([alice_signed_in()]).when(alice_signs_in("curl/8")).then_expect_error(Refusal::IdTaken);
}

#[test]
fn its_user_ends_it_once() {
    let end = || SessionCommand::End { by: ALICE };
    let ended = SessionEvent::SessionEnded;
    given::<Session>([alice_signed_in()]).when(end()).then_expect_events(vec![ended.clone()]);
    given::<Session>([alice_signed_in(), ended]).when(end()).then_expect_events(vec![]);
}

#[test]
fn nobody_finds_another_s_session() {
    given::<Session>([alice_signed_in()]).when(SessionCommand::End { by: BOB }).then_expect_error(Refusal::NotFound);
}

#[test]
fn what_never_started_does_not_end() {
    given::<Session>([]).when(SessionCommand::End { by: ALICE }).then_expect_error(Refusal::NotFound);
}

#[test]
fn it_is_open_until_it_expires_or_is_ended() {
    let before = NOON - Duration::NANOSECOND;
    let mut session = Session::default();
    assert!(!session.is_open(before), "it never started");
    session.evolve(&alice_signed_in());
    assert!(session.is_open(before));
    assert!(!session.is_open(NOON));
    session.evolve(&SessionEvent::SessionEnded);
    assert!(!session.is_open(before));
}
