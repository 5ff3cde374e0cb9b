//! Given, when, then: accounts.

mod block;
mod erase;
mod limit;
mod mail;
mod role;
mod suspension;

use super::{InstanceRole, User, UserCommand, UserEvent};
use crate::facts::{ALICE, BOB, LAPTOP, NOON, PHONE, PICTURE, erased, from_slack, given, personal, slack};
use crate::refusal::Refusal;
use crate::sealed::KeyName;
use crate::session::Session;

fn alice_registered() -> UserEvent {
    UserEvent::UserRegistered {
        email: Some(personal(ALICE, "Alice@example.org".into())),
        display_name: personal(ALICE, "Alice".into()),
        password: Some(personal(ALICE, "$argon2id$a".into())),
        imported: None,
    }
}

fn alice_imported() -> UserEvent {
    UserEvent::UserRegistered {
        email: None,
        display_name: personal(ALICE, "alice".into()),
        password: None,
        imported: Some(from_slack(KeyName::user(ALICE))),
    }
}

fn register(display_name: &str) -> UserCommand {
    UserCommand::Register {
        user: ALICE,
        email: Some("Alice@example.org".into()),
        display_name: display_name.into(),
        password: Some("$argon2id$a".into()),
        imported: None,
    }
}

fn import() -> UserCommand {
    UserCommand::Register {
        user: ALICE,
        email: None,
        display_name: "alice".into(),
        password: None,
        imported: Some(slack()),
    }
}

fn rename(display_name: &str) -> UserCommand {
    UserCommand::Rename { user: ALICE, display_name: display_name.into() }
}

fn change_password() -> UserCommand {
    UserCommand::ChangePassword { user: ALICE, password: "$argon2id$b".into(), keep: Some(LAPTOP) }
}

fn auditor_granted() -> UserEvent {
    UserEvent::UserRoleGranted { role: InstanceRole::Auditor }
}

fn revoked(generation: u32) -> UserEvent {
    UserEvent::UserSessionsRevoked { generation, kept_session: None }
}

#[test]
fn somebody_registers() {
    given::<User>([]).when(register(" Alice\n")).then_expect_events(vec![alice_registered()]);
}

#[test]
fn an_id_is_registered_once() {
    given::<User>([alice_registered()]).when(register("Alice")).then_expect_error(Refusal::IdTaken);
}

#[test]
fn an_import_registers_without_email_and_password() {
    given::<User>([]).when(import()).then_expect_events(vec![alice_imported()]);
}

#[test]
fn a_second_import_adds_nothing() {
    given::<User>([alice_imported()]).when(import()).then_expect_events(vec![]);
}

#[test]
fn people_need_an_email() {
    let command = UserCommand::Register {
        user: ALICE,
        email: None,
        display_name: "Alice".into(),
        password: Some("$argon2id$a".into()),
        imported: None,
    };
    given::<User>([]).when(command).then_expect_error(Refusal::invalid("/email", "is missing"));
}

#[test]
fn an_email_is_an_address() {
    let command = UserCommand::Register {
        user: ALICE,
        email: Some("alice".into()),
        display_name: "Alice".into(),
        password: None,
        imported: None,
    };
    given::<User>([]).when(command).then_expect_error(Refusal::invalid("/email", "not an email address"));
}

#[test]
fn a_display_name_says_something() {
    let detail = "0 characters where at least 1 are needed";
    given::<User>([]).when(register(" \t ")).then_expect_error(Refusal::invalid("/display_name", detail));
}

#[test]
fn a_user_is_renamed() {
    let renamed = UserEvent::UserRenamed { display_name: personal(ALICE, "Alicia".into()) };
    given::<User>([alice_registered()]).when(rename("Alicia ")).then_expect_events(vec![renamed]);
}

#[test]
fn the_same_name_is_no_event() {
    given::<User>([alice_registered()]).when(rename(" Alice")).then_expect_events(vec![]);
}

#[test]
fn a_picture_is_changed_and_taken_away() {
    let change = |file| UserCommand::ChangeAvatar { file };
    let changed = |file_id| UserEvent::UserAvatarChanged { file_id };
    let with = [alice_registered(), changed(Some(PICTURE))];
    given::<User>([alice_registered()]).when(change(Some(PICTURE))).then_expect_events(vec![changed(Some(PICTURE))]);
    given::<User>(with.clone()).when(change(Some(PICTURE))).then_expect_events(vec![]);
    given::<User>(with).when(change(None)).then_expect_events(vec![changed(None)]);
    given::<User>([alice_registered()]).when(change(None)).then_expect_events(vec![]);
    given::<User>([]).when(change(Some(PICTURE))).then_expect_error(Refusal::NotFound);
}

#[test]
fn a_name_holds_no_control_characters() {
    let refusal = Refusal::invalid("/display_name", "holds a control character");
    given::<User>([alice_registered()]).when(rename("A\u{7}lice")).then_expect_error(refusal);
}

#[test]
fn a_changed_password_begins_a_generation_and_keeps_one_session() {
    given::<User>([alice_registered(), revoked(1)]).when(change_password()).then_expect_events(vec![
        UserEvent::UserPasswordChanged {
            password: personal(ALICE, "$argon2id$b".into()),
            generation: 2,
            kept_session: Some(LAPTOP),
        },
    ]);
}

#[test]
fn revoking_begins_a_generation_every_time() {
    let revoke = || UserCommand::RevokeSessions { keep: None };
    given::<User>([alice_registered()]).when(revoke()).then_expect_events(vec![revoked(1)]);
    given::<User>([alice_registered(), revoked(1)]).when(revoke()).then_expect_events(vec![revoked(2)]);
}

#[test]
fn nothing_is_asked_of_an_account_that_is_not_there() {
    let proof = User::default().mail_proof(NOON);
    for command in [
        rename("Alice"),
        change_password(),
        UserCommand::RevokeSessions { keep: None },
        UserCommand::GrantRole(InstanceRole::Admin),
        UserCommand::RevokeRole(InstanceRole::Admin),
        UserCommand::AgreeOnAuditor { by: BOB, admins: [BOB].into(), at: NOON },
        UserCommand::Suspend { user: ALICE, by: BOB, reason: None },
        UserCommand::Reinstate,
        UserCommand::ResetPassword { user: ALICE, password: "$argon2id$b".into(), proof, at: NOON },
        UserCommand::ChangeEmail { user: ALICE, email: "alice@example.com".into() },
        UserCommand::VerifyEmail { proof, at: NOON },
        UserCommand::AnswerForEmail,
        UserCommand::Block { user: ALICE, other: BOB },
        UserCommand::Unblock { other: BOB },
        UserCommand::Erase { user: ALICE },
    ] {
        given::<User>([]).when(command.clone()).then_expect_error(Refusal::NotFound);
        given::<User>([alice_registered(), erase::alice_erased()]).when(command).then_expect_error(Refusal::NotFound);
    }
}

#[test]
fn what_was_erased_is_none() {
    let mut user = User::default();
    user.evolve(&UserEvent::UserRegistered {
        email: Some(erased()),
        display_name: erased(),
        password: Some(erased()),
        imported: None,
    });
    assert_eq!(user, User { exists: true, ..User::default() });
}

#[test]
fn sessions_of_this_generation_and_the_kept_one_are_accepted() {
    let older = Session { user_id: Some(BOB), generation: 0, ..Session::default() };
    let newer = Session { generation: 1, ..older.clone() };
    let mut user = User::default();
    assert!(!user.accepts(LAPTOP, &older), "there is no account");

    user.evolve(&alice_registered());
    assert!(user.accepts(LAPTOP, &older));
    assert!(user.accepts(PHONE, &older));

    user.evolve(&UserEvent::UserSessionsRevoked { generation: 1, kept_session: Some(LAPTOP) });
    assert!(user.accepts(LAPTOP, &older), "it was kept");
    assert!(!user.accepts(PHONE, &older));
    assert!(user.accepts(PHONE, &newer));

    user.evolve(&revoked(2));
    assert!(!user.accepts(LAPTOP, &older), "it was kept once, not for ever");
    assert!(!user.accepts(PHONE, &newer));
}
