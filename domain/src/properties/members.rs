//! Members, their roles, bans and mutes: what holds of every history.

use proptest::prelude::*;
use time::Duration;

use super::{after, histories, settles, some_permissions};
use crate::facts::{
    ALICE, BOB, CAROL, HELPER, LOUNGE, MODERATOR, NOON, member, member_as, present, room_after, slack, stranger,
};
use crate::id::RoleId;
use crate::membership::{Membership, MembershipChanges, MembershipCommand, MembershipEvent};
use crate::permission::Standing;
use crate::room::{RoleChanges, Room, RoomCommand};

fn some_roles() -> impl Strategy<Value = Vec<RoleId>> {
    proptest::sample::subsequence(vec![MODERATOR, HELPER], 0..=2)
}

proptest! {
    #[test]
    fn changed_roles_settle(
        history in histories::rooms(),
        name in proptest::option::of("[a-z]{1,5}"),
        rank in proptest::option::of(-3..15),
        (allow, deny) in (some_permissions(), some_permissions()),
        (who, role) in (proptest::sample::select(vec![ALICE, BOB]), proptest::sample::select(vec![MODERATOR, HELPER])),
    ) {
        let room: Room = after(&history);
        // As they stood at first: a change may take away the right to change.
        let by = member_as(who, &room, [MODERATOR]);
        let changes = RoleChanges { name, rank, allow, deny };
        let command = RoomCommand::ChangeRole { room: LOUNGE, by, role, changes };
        settles(room, |room| room.decide(command.clone()))?;
    }

    /// What a member says of their own membership, and what is said of their roles and their ban.
    #[test]
    fn membership_commands_settle(
        (history, past) in (histories::rooms(), histories::memberships()),
        (is_muted, is_pinned) in any::<(Option<bool>, Option<bool>)>(),
        muted_until in proptest::option::of(proptest::option::of(-1..3_i64)),
        until in proptest::option::of(-1..3_i64),
        reason in proptest::option::of("[a-z ]{0,3}"),
        roles in proptest::sample::subsequence(vec![MODERATOR, HELPER], 0..=2),
        who in 0..3_usize,
    ) {
        let room = room_after(history);
        let membership: Membership = after(&past);
        let day = |days: i64| NOON + Duration::days(days);
        let muted_until = muted_until.map(|until| until.map(day));
        let changes = MembershipChanges { is_muted, muted_until, is_pinned };
        let carol = Standing::of(CAROL, &room, &membership);
        let by = [carol.clone(), member(ALICE, &room), member_as(BOB, &room, [MODERATOR])][who].clone();
        for command in [
            MembershipCommand::Update { room: LOUNGE, by: carol.clone(), changes, at: NOON },
            MembershipCommand::AssignRoles {
                room: LOUNGE, by: by.clone(), target: carol.clone(), roles, defined: room.roles.clone(),
            },
            MembershipCommand::Ban {
                room: LOUNGE, by, target: carol, is_owner: false, reason, until: until.map(day), at: NOON,
            },
        ] {
            settles(membership.clone(), |membership| membership.decide(command.clone()))?;
        }
    }

    /// Whoever gives roles, and whichever: nobody gets by it what its giver lacks, nor stands as high as they do.
    #[test]
    fn given_roles_give_nobody_what_their_giver_lacks(
        history in histories::rooms(),
        held in proptest::sample::subsequence(vec![MODERATOR, HELPER], 0..=2),
        (own, roles) in (some_roles(), some_roles()),
        owned: bool,
    ) {
        let room = room_after(history);
        let giver = member_as(if owned { ALICE } else { BOB }, &room, own);
        let before = member_as(CAROL, &room, held.clone());
        let command = MembershipCommand::AssignRoles {
            room: LOUNGE, by: giver.clone(), target: before.clone(), roles: roles.clone(), defined: room.roles.clone(),
        };
        if let Ok(events) = present(held).decide(command)
            && !events.is_empty()
        {
            let after = member_as(CAROL, &room, roles);
            prop_assert!((&after.effective - &before.effective).is_subset(&giver.effective));
            prop_assert!(giver.outranks(before.rank) && giver.outranks(after.rank));
        }
    }

    /// Whoever asks, and however often: comings and goings take turns.
    #[test]
    fn coming_and_going_take_turns(
        history in histories::rooms(),
        commands in proptest::collection::vec((0..10, any::<proptest::sample::Index>()), 0..30),
    ) {
        let room = room_after(history);
        let coming = |event: &MembershipEvent| {
            matches!(event, MembershipEvent::MembershipAdded { .. } | MembershipEvent::MembershipJoined { .. })
        };
        let going = |event: &MembershipEvent| {
            matches!(event, MembershipEvent::MembershipLeft { .. } | MembershipEvent::MembershipRemoved { .. })
        };
        let mut membership = Membership::default();
        let mut told: Vec<MembershipEvent> = vec![];
        for (kind, who) in commands {
            let carol = Standing::of(CAROL, &room, &membership);
            let bob = member_as(BOB, &room, [MODERATOR]);
            let standings = [carol.clone(), member(ALICE, &room), bob, stranger(BOB, &room)];
            let by = who.get(&standings).clone();
            let command = match kind {
                0 => MembershipCommand::Found { room: LOUNGE, user: CAROL },
                1 => MembershipCommand::Add { room: LOUNGE, user: CAROL, by, at: NOON },
                2 => MembershipCommand::Join { room: LOUNGE, by: carol, at: NOON },
                3 => MembershipCommand::Leave { room: LOUNGE, by: carol },
                4 => MembershipCommand::Remove { room: LOUNGE, by, target: carol },
                5 => MembershipCommand::Accept { room: LOUNGE, by: carol, inviter: by, at: NOON },
                6 => MembershipCommand::Ban {
                    room: LOUNGE, by, target: carol, is_owner: false, reason: None, until: None, at: NOON,
                },
                7 => MembershipCommand::Unban { room: LOUNGE, by, user: CAROL, at: NOON },
                8 => MembershipCommand::FoundWith { room: LOUNGE, user: CAROL, maker: ALICE },
                _ => MembershipCommand::ImportJoin { room: LOUNGE, user: CAROL, founding: false, imported: slack() },
            };
            for event in membership.decide(command).unwrap_or_default() {
                // Who is kept out comes in by an import alone, which knows nothing of it, or makes the room.
                prop_assert!(kind == 0 || kind >= 8 || !coming(&event) || membership.banned(NOON).is_none());
                membership.evolve(&event);
                if coming(&event) || going(&event) {
                    told.push(event);
                }
            }
        }
        for (place, event) in told.iter().enumerate() {
            prop_assert_eq!(coming(event), place % 2 == 0, "{:?}", told);
        }
    }
}
