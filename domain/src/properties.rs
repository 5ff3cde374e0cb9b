//! What holds of every history: `evolve` is total, and what was decided need not be decided again.

mod histories;

use cqrs_es::Aggregate;
use proptest::prelude::*;

use crate::facts::{
    ALICE, BOB, CAROL, LAPTOP, LOUNGE, MODERATOR, NOON, member, member_as, room_after, slack, stranger,
};
use crate::membership::{Membership, MembershipCommand, MembershipEvent};
use crate::message::{Message, MessageCommand};
use crate::permission::{Permission, PermissionSet, Standing};
use crate::reading::{Reading, ReadingCommand, ReadingEvent};
use crate::refusal::Refusal;
use crate::room::{Room, RoomChanges, RoomCommand, Visibility};
use crate::settings::{Settings, SettingsCommand};
use crate::user::{InstanceRole, User, UserCommand, UserEvent};

/// What `history` makes of nothing.
fn after<A: Aggregate>(history: &[A::Event]) -> A {
    let mut state = A::default();
    for event in history {
        state.apply(event.clone());
    }
    state
}

/// Decides, takes what happened, and decides the same again: that must give nothing, unless it is refused.
fn settles<A: Aggregate<Error = Refusal>>(
    mut state: A,
    decide: impl Fn(&A) -> Result<Vec<A::Event>, Refusal>,
) -> Result<(), TestCaseError> {
    if let Ok(events) = decide(&state) {
        for event in events {
            state.apply(event);
        }
        prop_assert_eq!(decide(&state), Ok(vec![]));
    }
    Ok(())
}

proptest! {
    #[test]
    fn user_commands_settle(history in histories::users(), role: bool, name in "[a-z ]{1,9}") {
        let user: User = after(&history);
        let role = if role { InstanceRole::Admin } else { InstanceRole::Auditor };
        for command in [
            UserCommand::GrantRole(role),
            UserCommand::RevokeRole(role),
            UserCommand::Rename { user: ALICE, display_name: name },
            UserCommand::Register {
                user: ALICE,
                email: None,
                display_name: "Alice".into(),
                password: None,
                imported: Some(slack()),
            },
        ] {
            settles(user.clone(), |user| user.decide(command.clone()))?;
        }
    }

    /// A session of before never becomes acceptable again, but for the one that is kept.
    #[test]
    fn generations_only_grow(history in histories::users(), keep in proptest::option::of(Just(LAPTOP))) {
        let mut user: User = after(&history);
        let before = user.generation;
        let revoke = UserCommand::RevokeSessions { keep };
        if let Ok(events) = user.decide(revoke) {
            for event in &events {
                user.evolve(event);
            }
            prop_assert!(user.generation > before);
            prop_assert_eq!(events, vec![UserEvent::UserSessionsRevoked {
                generation: user.generation,
                kept_session: keep,
            }]);
        } else {
            prop_assert!(!user.exists);
        }
    }

    #[test]
    fn settings_settle(history in histories::settings(), value in histories::json_object()) {
        let command = SettingsCommand::Update { user: ALICE, settings: value };
        settles(after::<Settings>(&history), |settings| settings.decide(command.clone()))?;
    }

    #[test]
    fn room_commands_settle(
        history in histories::rooms(),
        imported: bool,
        (name, topic) in (proptest::option::of("[a-z]{1,5}"), proptest::option::of("[a-z]{0,5}")),
        public in proptest::option::of(any::<bool>()),
        some in proptest::option::of(proptest::sample::subsequence(Permission::ALL.to_vec(), 0..=13)),
    ) {
        let room: Room = after(&history);
        let visibility = public.map(|public| if public { Visibility::Public } else { Visibility::Private });
        let permissions = some.map(|some| some.into_iter().collect::<PermissionSet>());
        let changes = RoomChanges { name, topic, visibility, permissions };
        // As they stood at first: an update may take away the right to update.
        let by = (!imported).then(|| member(ALICE, &room));
        for command in [
            RoomCommand::Archive { by: by.clone() },
            RoomCommand::Unarchive { by: by.clone() },
            RoomCommand::Update { room: LOUNGE, by, changes },
        ] {
            settles(room.clone(), |room| room.decide(command.clone()))?;
        }
    }

    /// Whoever asks, and however often: comings and goings take turns.
    #[test]
    fn coming_and_going_take_turns(
        history in histories::rooms(),
        commands in proptest::collection::vec((0..6, any::<proptest::sample::Index>()), 0..30),
    ) {
        let room = room_after(history);
        let mut membership = Membership::default();
        let mut told: Vec<MembershipEvent> = vec![];
        for (kind, who) in commands {
            let carol = Standing::of(CAROL, &room, &membership);
            let bob = member_as(BOB, &room, [MODERATOR]);
            let standings = [carol.clone(), member(ALICE, &room), bob, stranger(BOB, &room)];
            let by = who.get(&standings).clone();
            let command = match kind {
                0 => MembershipCommand::Found { room: LOUNGE, user: CAROL },
                1 => MembershipCommand::Add { room: LOUNGE, user: CAROL, by },
                2 => MembershipCommand::Join { room: LOUNGE, by: carol },
                3 => MembershipCommand::Leave { room: LOUNGE, by: carol },
                4 => MembershipCommand::Remove { room: LOUNGE, by, target: carol },
                _ => MembershipCommand::ImportJoin { room: LOUNGE, user: CAROL, imported: slack() },
            };
            for event in membership.decide(command).unwrap_or_default() {
                membership.evolve(&event);
                told.push(event);
            }
        }
        let coming = |event: &MembershipEvent| {
            matches!(event, MembershipEvent::MembershipAdded { .. } | MembershipEvent::MembershipJoined { .. })
        };
        for (place, event) in told.iter().enumerate() {
            prop_assert_eq!(coming(event), place % 2 == 0, "{:?}", told);
        }
    }

    #[test]
    fn message_commands_settle(history in histories::messages(), text in "[a-z]{1,5}", who in 0..3_usize) {
        let message: Message = after(&history);
        let room = crate::facts::lounge();
        let by = [member(ALICE, &room), member(BOB, &room), stranger(CAROL, &room)][who].clone();
        let import = MessageCommand::Import {
            room: LOUNGE,
            sender: BOB,
            text: text.clone(),
            reply_to: None,
            at: NOON,
            imported: slack(),
        };
        for command in [
            MessageCommand::Edit { room: LOUNGE, by: by.clone(), text: text.clone() },
            MessageCommand::Delete { room: LOUNGE, by },
            MessageCommand::ImportEdit { room: LOUNGE, text, imported: slack() },
            import,
        ] {
            settles(message.clone(), |message| message.decide(command.clone()))?;
        }
    }

    #[test]
    fn reading_only_advances(positions in proptest::collection::vec(-3..12_i64, 0..30)) {
        let bob = member(BOB, &crate::facts::lounge());
        let mut reading = Reading::default();
        for position in positions {
            let command = ReadingCommand::Advance { room: LOUNGE, by: bob.clone(), position, newest: 9 };
            let before = reading.position;
            match reading.decide(command.clone()) {
                Ok(events) => events.iter().for_each(|event| reading.evolve(event)),
                Err(refusal) => prop_assert_eq!((refusal, position > 9), (Refusal::PositionUnknown, true)),
            }
            prop_assert_eq!(reading.position, if position <= 9 { before.max(position) } else { before });
            if position <= 9 {
                prop_assert_eq!(reading.decide(command), Ok(Vec::<ReadingEvent>::new()));
            }
        }
    }

    /// What a stranger is told of a private room is what they are told of one that is not there.
    #[test]
    fn a_private_room_looks_like_none(
        history in histories::rooms(),
        past in histories::messages(),
        text in "[a-z\0]{0,3}",
    ) {
        let mut room = room_after(history);
        room.visibility = Visibility::Private;
        let message: Message = after(&past);
        let nowhere = stranger(CAROL, &Room::default());
        for by in [stranger(CAROL, &room), nowhere] {
            let room_changes = RoomChanges { name: Some(text.clone()), ..RoomChanges::default() };
            let update = RoomCommand::Update { room: LOUNGE, by: Some(by.clone()), changes: room_changes };
            prop_assert_eq!(room.decide(update), Err(Refusal::NotFound));
            let send = MessageCommand::Send {
                room: LOUNGE, by: by.clone(), text: text.clone(), reply_to: None, at: NOON,
            };
            prop_assert_eq!(message.decide(send), Err(Refusal::NotFound));
            let edit = MessageCommand::Edit { room: LOUNGE, by: by.clone(), text: text.clone() };
            prop_assert_eq!(message.decide(edit), Err(Refusal::NotFound));
            let delete = MessageCommand::Delete { room: LOUNGE, by: by.clone() };
            prop_assert_eq!(message.decide(delete), Err(Refusal::NotFound));
            let read = ReadingCommand::Advance { room: LOUNGE, by: by.clone(), position: 5, newest: 3 };
            prop_assert_eq!(Reading::default().decide(read), Err(Refusal::NotFound));
            for present in [false, true] {
                let membership = Membership { present, ..Membership::default() };
                for command in [
                    MembershipCommand::Add { room: LOUNGE, user: BOB, by: by.clone() },
                    MembershipCommand::Join { room: LOUNGE, by: by.clone() },
                    MembershipCommand::Leave { room: LOUNGE, by: by.clone() },
                    MembershipCommand::Remove { room: LOUNGE, by: by.clone(), target: member(BOB, &room) },
                ] {
                    prop_assert_eq!(membership.decide(command), Err(Refusal::NotFound));
                }
            }
        }
    }
}
