//! Given, when, then: the email, and who proves to read it.

use time::{Duration, OffsetDateTime};

use super::{alice_imported, alice_registered, change_password, revoked};
use crate::facts::{ALICE, LAPTOP, NOON, from_slack, given, personal};
use crate::refusal::Refusal;
use crate::sealed::KeyName;
use crate::session::Session;
use crate::user::{MailProof, User, UserCommand, UserEvent};

/// What was mailed to Alice's first address at noon.
fn mailed_at_noon() -> MailProof {
    MailProof { generation: 0, email_generation: 0, expires_at: NOON + Duration::minutes(30) }
}

fn reset(proof: MailProof, at: OffsetDateTime) -> UserCommand {
    UserCommand::ResetPassword { user: ALICE, password: "$argon2id$b".into(), proof, at }
}

fn was_reset(generation: u32) -> UserEvent {
    UserEvent::UserPasswordReset { password: personal(ALICE, "$argon2id$b".into()), generation }
}

fn verify(at: OffsetDateTime) -> UserCommand {
    UserCommand::VerifyEmail { proof: mailed_at_noon(), at }
}

fn change_email(email: &str) -> UserCommand {
    UserCommand::ChangeEmail { user: ALICE, email: email.into() }
}

fn email_changed(email: &str) -> UserEvent {
    UserEvent::UserEmailChanged { email: personal(ALICE, email.into()) }
}

#[test]
fn a_proof_is_of_the_account_as_it_is() {
    let mut user = User::default();
    user.evolve(&alice_registered());
    assert_eq!(user.mail_proof(NOON), mailed_at_noon());
    user.evolve(&revoked(3));
    user.evolve(&email_changed("alice@example.com"));
    let proof = MailProof { generation: 3, email_generation: 1, ..mailed_at_noon() };
    assert_eq!(user.mail_proof(NOON), proof);
}

#[test]
fn who_reads_the_mail_chooses_a_new_password_and_is_known_to_read_it() {
    let reset = || reset(mailed_at_noon(), NOON);
    let verified = UserEvent::UserEmailVerified;
    let past = [alice_registered()];
    given::<User>(past).when(reset()).then_expect_events(vec![was_reset(1), verified.clone()]);
    given::<User>([alice_registered(), verified]).when(reset()).then_expect_events(vec![was_reset(1)]);
}

#[test]
fn a_reset_is_done_once() {
    let past = [alice_registered(), was_reset(1), UserEvent::UserEmailVerified];
    given::<User>(past).when(reset(mailed_at_noon(), NOON)).then_expect_error(Refusal::NotFound);
}

#[test]
fn whatever_ends_sessions_ends_resets_that_are_on_their_way() {
    let changed = UserEvent::UserPasswordChanged {
        password: personal(ALICE, "$argon2id$c".into()),
        generation: 1,
        kept_session: Some(LAPTOP),
    };
    for event in [changed, revoked(1)] {
        let past = [alice_registered(), event];
        given::<User>(past).when(reset(mailed_at_noon(), NOON)).then_expect_error(Refusal::NotFound);
    }
}

#[test]
fn what_was_mailed_counts_for_half_an_hour() {
    let late = NOON + Duration::minutes(30);
    given::<User>([alice_registered()]).when(reset(mailed_at_noon(), late)).then_expect_error(Refusal::NotFound);
    given::<User>([alice_registered()]).when(verify(late)).then_expect_error(Refusal::NotFound);
    let in_time = late - Duration::NANOSECOND;
    let verified = vec![UserEvent::UserEmailVerified];
    given::<User>([alice_registered()]).when(verify(in_time)).then_expect_events(verified);
}

#[test]
fn what_was_mailed_to_another_address_does_not_count() {
    // Not even if it is the address of before again.
    let past = [alice_registered(), email_changed("alice@example.com"), email_changed("Alice@example.org")];
    given::<User>(past.clone()).when(reset(mailed_at_noon(), NOON)).then_expect_error(Refusal::NotFound);
    given::<User>(past).when(verify(NOON)).then_expect_error(Refusal::NotFound);
}

#[test]
fn an_email_is_verified_once_and_anew_when_it_changed() {
    let verified = UserEvent::UserEmailVerified;
    given::<User>([alice_registered()]).when(verify(NOON)).then_expect_events(vec![verified.clone()]);
    given::<User>([alice_registered(), verified.clone()]).when(verify(NOON)).then_expect_error(Refusal::NotFound);
    let anew = UserCommand::VerifyEmail { proof: MailProof { email_generation: 1, ..mailed_at_noon() }, at: NOON };
    let past = [alice_registered(), verified.clone(), email_changed("alice@example.com")];
    given::<User>(past).when(anew).then_expect_events(vec![verified]);
}

#[test]
fn the_operator_answers_for_an_email_once_and_not_for_the_next() {
    let (answer, verified) = (|| UserCommand::AnswerForEmail, UserEvent::UserEmailVerified);
    given::<User>([alice_registered()]).when(answer()).then_expect_events(vec![verified.clone()]);
    given::<User>([alice_registered(), verified]).when(answer()).then_expect_events(vec![]);
    given::<User>([alice_imported()]).when(answer()).then_expect_events(vec![]);
}

#[test]
fn an_email_is_theirs_once_it_is_proven_or_if_an_import_told_it() {
    let told = UserEvent::UserRegistered {
        email: Some(personal(ALICE, "Alice@example.org".into())),
        display_name: personal(ALICE, "Alice".into()),
        password: None,
        imported: Some(from_slack(KeyName::user(ALICE))),
    };
    let changed = email_changed("alice@example.com");
    let proven = |past: &[&UserEvent]| {
        let mut user = User::default();
        for event in past {
            user.evolve(event);
        }
        user.has_proven_email()
    };
    let (registered, verified) = (alice_registered(), UserEvent::UserEmailVerified);
    assert!(!proven(&[&registered]), "anybody types anything");
    assert!(proven(&[&registered, &verified]));
    assert!(!proven(&[&registered, &verified, &changed]));
    assert!(proven(&[&told]));
    assert!(!proven(&[&told, &changed]));
    assert!(!proven(&[&alice_imported()]), "there is none");
}

#[test]
fn a_new_password_does_not_keep_an_email_from_being_verified() {
    let past = [alice_registered(), revoked(1)];
    given::<User>(past).when(verify(NOON)).then_expect_events(vec![UserEvent::UserEmailVerified]);
}

#[test]
fn an_email_changes_to_another_address() {
    let command = change_email("alice@example.com");
    given::<User>([alice_registered()]).when(command).then_expect_events(vec![email_changed("alice@example.com")]);
    given::<User>([alice_registered()]).when(change_email("Alice@example.org")).then_expect_events(vec![]);
    let refusal = Refusal::invalid("/email", "not an email address");
    given::<User>([alice_registered()]).when(change_email("alice")).then_expect_error(refusal);
}

#[test]
fn a_reset_ends_every_session() {
    let session = Session { user_id: Some(ALICE), ..Session::default() };
    let mut user = User::default();
    user.evolve(&alice_registered());
    for event in user.decide(change_password()).unwrap() {
        user.evolve(&event);
    }
    assert!(user.accepts(LAPTOP, &session), "it was kept");
    user.evolve(&was_reset(2));
    assert!(!user.accepts(LAPTOP, &session));
}
