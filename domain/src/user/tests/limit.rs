//! How often an account changes.

use super::{alice_registered, change_password, rename, revoked};
use crate::facts::{ALICE, BOB, LAPTOP, PICTURE, given, personal};
use crate::refusal::Refusal;
use crate::user::{CHANGES_MAX, GENERATIONS_MAX, InstanceRole, User, UserCommand, UserEvent};

/// An account with as many changes as there may be but for `fewer`.
fn changed(fewer: usize) -> Vec<UserEvent> {
    let picture = UserEvent::UserAvatarChanged { file_id: Some(PICTURE) };
    let blocked = UserEvent::UserBlocked { other: BOB };
    let changes = [picture, blocked].into_iter().cycle().take(CHANGES_MAX - fewer);
    std::iter::once(alice_registered()).chain(changes).collect()
}

fn full() -> Refusal {
    Refusal::LimitReached { what: "changes of your account", most: CHANGES_MAX }
}

#[test]
fn what_is_theirs_to_choose_changes_so_often_alone() {
    let renamed = UserEvent::UserRenamed { display_name: personal(ALICE, "Alicia".into()) };
    given::<User>(changed(1)).when(rename("Alicia")).then_expect_events(vec![renamed]);
    let unblocked = UserEvent::UserUnblocked { other: BOB };
    let past = [changed(0), vec![unblocked.clone()]].concat();
    for command in [
        rename("Alicia"),
        UserCommand::ChangeAvatar { file: Some(crate::id::FileId(ALICE.0)) },
        UserCommand::ChangeEmail { user: ALICE, email: "alice@example.com".into() },
        UserCommand::Block { user: ALICE, other: BOB },
    ] {
        given::<User>(past.clone()).when(command).then_expect_error(full());
    }
    given::<User>(changed(0)).when(UserCommand::Unblock { other: BOB }).then_expect_events(vec![unblocked]);
    let none = UserEvent::UserAvatarChanged { file_id: None };
    given::<User>(changed(0)).when(UserCommand::ChangeAvatar { file: None }).then_expect_events(vec![none]);
}

/// Nobody is beyond reach by having changed too often, and nobody loses the means to be safe.
#[test]
fn what_keeps_an_account_safe_is_always_done() {
    let sessions = (1..=GENERATIONS_MAX).map(revoked);
    let past: Vec<_> = changed(0).into_iter().chain(sessions).collect();
    let refused = given::<User>(past.clone()).when(UserCommand::RevokeSessions { keep: Some(LAPTOP) });
    let most = usize::try_from(GENERATIONS_MAX).unwrap();
    refused.then_expect_error(Refusal::LimitReached { what: "times that your sessions were ended", most });
    given::<User>(past[..past.len() - 1].to_vec())
        .when(UserCommand::RevokeSessions { keep: None })
        .then_expect_events(vec![UserEvent::UserSessionsRevoked { generation: GENERATIONS_MAX, kept_session: None }]);
    for command in [
        change_password(),
        UserCommand::Suspend { user: ALICE, by: BOB, reason: None },
        UserCommand::GrantRole(InstanceRole::Admin),
        UserCommand::Erase { user: ALICE },
    ] {
        let done = given::<User>(past.clone()).when(command).inspect_result();
        assert_eq!(done.map(|events| events.len()), Ok(1));
    }
}
