//! How often a membership changes.

use time::Duration;

use super::{add_carol, carol_added, carol_left, join, moderator};
use crate::facts::{
    ALICE, BOB, CAROL, HELPER, LOUNGE, MODERATOR, NOON, from_slack, given, lounge, member, member_as, public_lounge,
    slack, stranger,
};
use crate::id::RoleId;
use crate::membership::{CHANGES_MAX, Membership, MembershipChanges, MembershipCommand, MembershipEvent};
use crate::refusal::Refusal;
use crate::sealed::KeyName;

/// As many changes as there may be; `last` are the last of them.
fn full(last: impl Into<Vec<MembershipEvent>>) -> Vec<MembershipEvent> {
    let (room_id, user_id, last) = (LOUNGE, CAROL, last.into());
    let turns = [
        MembershipEvent::MembershipPinned { room_id, user_id },
        MembershipEvent::MembershipUnpinned { room_id, user_id },
    ];
    let mut changes: Vec<_> = turns.into_iter().cycle().take(CHANGES_MAX - last.len()).collect();
    changes.extend(last);
    changes
}

fn refused() -> Refusal {
    Refusal::LimitReached { what: "changes of this membership", most: CHANGES_MAX }
}

fn update(is_muted: bool) -> MembershipCommand {
    let changes = MembershipChanges { is_muted: Some(is_muted), ..MembershipChanges::default() };
    MembershipCommand::Update { room: LOUNGE, by: member(CAROL, &lounge()), changes, at: NOON }
}

fn ban(reason: Option<&str>, days: Option<i64>) -> MembershipCommand {
    MembershipCommand::Ban {
        room: LOUNGE,
        by: moderator(),
        target: stranger(CAROL, &lounge()),
        is_owner: false,
        reason: reason.map(str::to_owned),
        until: days.map(|days| NOON + Duration::days(days)),
        at: NOON,
    }
}

fn banned(days: Option<i64>) -> MembershipEvent {
    let until = days.map(|days| NOON + Duration::days(days));
    MembershipEvent::MembershipBanned { room_id: LOUNGE, user_id: CAROL, by: BOB, reason: None, until }
}

fn assigned(roles: impl IntoIterator<Item = RoleId>) -> MembershipEvent {
    let roles = roles.into_iter().collect();
    MembershipEvent::MembershipRolesAssigned { room_id: LOUNGE, user_id: CAROL, by: ALICE, roles }
}

fn assign(roles: impl Into<Vec<RoleId>>) -> MembershipCommand {
    MembershipCommand::AssignRoles {
        room: LOUNGE,
        by: member(ALICE, &lounge()),
        target: member_as(CAROL, &lounge(), [HELPER]),
        roles: roles.into(),
        defined: lounge().roles,
    }
}

#[test]
fn members_turn_what_they_wish_so_often_alone() {
    let past = full([carol_added()]);
    let muted = MembershipEvent::MembershipMuted { room_id: LOUNGE, user_id: CAROL, until: None };
    given::<Membership>(past[1..].to_vec()).when(update(true)).then_expect_events(vec![muted]);
    given::<Membership>(past.clone()).when(update(true)).then_expect_error(refused());
    given::<Membership>(past).when(update(false)).then_expect_events(vec![]);
}

#[test]
fn who_came_too_often_stays_out() {
    let out = full([carol_added(), carol_left()]);
    given::<Membership>(out.clone()).when(add_carol(moderator())).then_expect_error(refused());
    given::<Membership>(out.clone()).when(join(stranger(CAROL, &public_lounge()))).then_expect_error(refused());
    let inviter = moderator();
    let accept = MembershipCommand::Accept { room: LOUNGE, by: stranger(CAROL, &lounge()), inviter, at: NOON };
    given::<Membership>(out.clone()).when(accept).then_expect_error(refused());
    let unban = MembershipCommand::Unban { room: LOUNGE, by: moderator(), user: CAROL, at: NOON };
    given::<Membership>(full([banned(None)])).when(unban).then_expect_error(refused());
    // What an import tells was so.
    let imported = Some(from_slack(KeyName::user(CAROL)));
    let joined = MembershipEvent::MembershipJoined { room_id: LOUNGE, user_id: CAROL, founding: false, imported };
    let import = MembershipCommand::ImportJoin { room: LOUNGE, user: CAROL, founding: false, imported: slack() };
    given::<Membership>(out).when(import).then_expect_events(vec![joined]);
}

#[test]
fn nobody_stays_by_changing_too_often() {
    let here = full([carol_added(), assigned([HELPER])]);
    let leave = MembershipCommand::Leave { room: LOUNGE, by: member(CAROL, &lounge()) };
    given::<Membership>(here.clone()).when(leave).then_expect_events(vec![carol_left()]);
    let removed = MembershipEvent::MembershipRemoved { room_id: LOUNGE, user_id: CAROL, by: BOB };
    let target = member_as(CAROL, &lounge(), [HELPER]);
    let remove = MembershipCommand::Remove { room: LOUNGE, by: moderator(), target };
    given::<Membership>(here.clone()).when(remove).then_expect_events(vec![removed.clone()]);
    given::<Membership>(here.clone()).when(ban(None, None)).then_expect_events(vec![removed, banned(None)]);
    given::<Membership>(here.clone()).when(ban(None, Some(1))).then_expect_error(refused());
    given::<Membership>(here.clone()).when(assign([])).then_expect_events(vec![assigned([])]);
    given::<Membership>(here).when(assign([HELPER, MODERATOR])).then_expect_error(refused());
}

#[test]
fn who_is_kept_out_for_good_is_so_once() {
    given::<Membership>(full([banned(Some(1))])).when(ban(None, None)).then_expect_events(vec![banned(None)]);
    given::<Membership>(full([banned(None)])).when(ban(None, None)).then_expect_events(vec![]);
    given::<Membership>(full([banned(None)])).when(ban(Some("Spam"), None)).then_expect_error(refused());
}
