//! What holds of every history: `evolve` is total, and what was decided need not be decided again.

mod histories;
mod members;

use cqrs_es::Aggregate;
use proptest::prelude::*;

use crate::admins::{Admins, AdminsCommand};
use crate::facts::{
    ALICE, BOB, CAROL, GREETING, HELPER, LAPTOP, LOUNGE, MODERATOR, NOON, member, room_after, slack, stranger,
};
use crate::invite::{Invite, InviteCommand};
use crate::membership::{Membership, MembershipChanges, MembershipCommand};
use crate::message::{Message, MessageCommand, Names, Source};
use crate::permission::{Permission, PermissionSet};
use crate::reaction::{EMOJI_MOST, Reaction, ReactionCommand, Target};
use crate::reading::{Reading, ReadingCommand, ReadingEvent};
use crate::refusal::Refusal;
use crate::retention::Period;
use crate::room::{ImportedChange, NewRole, RoleChanges, Room, RoomChanges, RoomCommand, Visibility};
use crate::settings::{Settings, SettingsCommand};
use crate::user::{InstanceRole, User, UserCommand, UserEvent};

fn some_permissions() -> impl Strategy<Value = Option<PermissionSet>> {
    let some = proptest::sample::subsequence(Permission::ALL.to_vec(), 0..=13);
    proptest::option::of(some.prop_map(|some| some.into_iter().collect()))
}

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
            UserCommand::AgreeOnAuditor { by: BOB, admins: [BOB, CAROL].into(), at: NOON },
            UserCommand::Suspend { user: ALICE, by: BOB, reason: Some(name.clone()) },
            UserCommand::Reinstate,
            UserCommand::ChangeEmail { user: ALICE, email: "alice@example.com".into() },
            UserCommand::Rename { user: ALICE, display_name: name },
            UserCommand::Block { user: ALICE, other: BOB },
            UserCommand::Unblock { other: BOB },
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

    /// Whoever goes, and in whichever order: once there is an administrator, one stays.
    #[test]
    fn an_administrator_stays(
        history in histories::admins(),
        commands in proptest::collection::vec((any::<bool>(), 0..3_usize), 0..20),
    ) {
        let mut admins: Admins = after(&history);
        let mut begun = !admins.members.is_empty();
        for (add, who) in commands {
            let user = [ALICE, BOB, CAROL][who];
            let command = if add { AdminsCommand::Add(user) } else { AdminsCommand::Remove(user) };
            for event in admins.decide(command).unwrap_or_default() {
                admins.evolve(&event);
            }
            begun |= add;
            prop_assert_eq!(begun, !admins.members.is_empty());
            settles(admins.clone(), |admins| admins.decide(command))?;
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

    /// Whatever was mailed, and whatever happened since: it is used once.
    #[test]
    fn a_mailed_proof_is_used_once(
        history in histories::users(),
        since in histories::users(),
        between in histories::users(),
    ) {
        let mut user: User = after(&history);
        let proof = user.mail_proof(NOON);
        for event in &since {
            user.evolve(event);
        }
        for command in [
            UserCommand::ResetPassword { user: ALICE, password: "$argon2id$b".into(), proof, at: NOON },
            UserCommand::VerifyEmail { proof, at: NOON },
        ] {
            let mut user = user.clone();
            let Ok(events) = user.decide(command.clone()) else { continue };
            for event in &events {
                user.evolve(event);
            }
            prop_assert_eq!(user.decide(command.clone()), Err(Refusal::NotFound));
            // Generations of a history that was decided only grow; these are made up.
            let grows = |event: &&UserEvent| matches!(
                event,
                UserEvent::UserRenamed { .. } | UserEvent::UserAvatarChanged { .. } | UserEvent::UserRoleGranted { .. }
                    | UserEvent::UserEmailVerified
                    | UserEvent::UserEmailChanged { .. } | UserEvent::UserReinstated
            );
            for event in between.iter().filter(grows) {
                user.evolve(event);
            }
            prop_assert_eq!(user.decide(command), Err(Refusal::NotFound));
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
        permissions in some_permissions(),
        kept in proptest::option::of(0..400_i64),
    ) {
        let room: Room = after(&history);
        let visibility = public.map(|public| if public { Visibility::Public } else { Visibility::Private });
        let retain_for = kept.map(Period::of_days);
        let told = [name.clone().map(ImportedChange::Renamed), topic.clone().map(ImportedChange::TopicChanged)];
        let told = told.into_iter().flatten().chain([ImportedChange::Archived, ImportedChange::Unarchived]);
        let told = told.map(|change| RoomCommand::Import { room: LOUNGE, change, by: Some(BOB), imported: slack() });
        let changes = RoomChanges { name, topic, visibility, permissions, retain_for };
        // As they stood at first: an update may take away the right to update.
        let by = (!imported).then(|| member(ALICE, &room));
        for command in [
            RoomCommand::Archive { by: by.clone() },
            RoomCommand::Unarchive { by: by.clone() },
            RoomCommand::Update { room: LOUNGE, by, changes },
            RoomCommand::TransferOwnership { by: member(ALICE, &room), to: member(BOB, &room) },
        ]
        .into_iter()
        .chain(told)
        {
            settles(room.clone(), |room| room.decide(command.clone()))?;
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
            names: Names::new(),
            reply_to: None,
            files: vec![],
            at: NOON,
            imported: slack(),
        };
        for command in [
            MessageCommand::Edit { room: LOUNGE, by: by.clone(), text: text.clone(), names: Names::new() },
            MessageCommand::Delete { room: LOUNGE, by, reactions: vec![] },
            MessageCommand::Pin { room: LOUNGE, by: member(ALICE, &room) },
            MessageCommand::Unpin { room: LOUNGE, by: member(ALICE, &room) },
            MessageCommand::ImportEdit { room: LOUNGE, text, names: Names::new(), imported: slack() },
            MessageCommand::ImportPin { room: LOUNGE, user: BOB, imported: slack() },
            import,
        ] {
            settles(message.clone(), |message| message.decide(command.clone()))?;
        }
    }

    #[test]
    fn reactions_settle_and_are_few(
        past in histories::messages(),
        history in histories::reactions(),
        emoji in proptest::collection::vec("[a-f]", 0..40),
    ) {
        let (message, bob): (Message, _) = (after(&past), member(BOB, &crate::facts::lounge()));
        let target = Target::of(LOUNGE, GREETING, &message);
        let mut reaction: Reaction = after(&history);
        let most = reaction.emoji.len().max(EMOJI_MOST);
        for emoji in emoji {
            let (target, by) = (target.clone(), bob.clone());
            let add = ReactionCommand::Add { target: target.clone(), by: by.clone(), emoji: emoji.clone(), at: NOON };
            settles(reaction.clone(), |reaction| reaction.decide(add.clone()))?;
            let remove = ReactionCommand::Remove { target, by, emoji };
            settles(reaction.clone(), |reaction| reaction.decide(remove.clone()))?;
            for event in reaction.decide(add).unwrap_or_default() {
                reaction.evolve(&event);
            }
            prop_assert!(reaction.emoji.len() <= most);
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
                Err(Refusal::PositionUnknown) => prop_assert!(position > 9),
                Err(refusal) => {
                    prop_assert_eq!((refusal, position < 0), (Refusal::invalid("/position", "is below 0"), true));
                }
            }
            let is_a_position = (0..=9).contains(&position);
            prop_assert_eq!(reading.position, if is_a_position { before.max(position) } else { before });
            if is_a_position {
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
            for command in [
                RoomCommand::DefineRole {
                    room: LOUNGE, by: by.clone(), role: HELPER, new: NewRole { name: text.clone(), ..NewRole::default() },
                },
                RoomCommand::ChangeRole {
                    room: LOUNGE, by: by.clone(), role: MODERATOR, changes: RoleChanges::default(),
                },
                RoomCommand::DeleteRole { by: by.clone(), role: HELPER },
                RoomCommand::TransferOwnership { by: by.clone(), to: member(BOB, &room) },
                RoomCommand::Close { by: by.clone(), is_admin: false },
            ] {
                prop_assert_eq!(room.decide(command), Err(Refusal::NotFound));
            }
            for invite in [Invite::default(), Invite { room_id: Some(LOUNGE), ..Invite::default() }] {
                let create = InviteCommand::Create {
                    room: LOUNGE, by: by.clone(), max_uses: Some(0), expires_at: None, at: NOON,
                };
                prop_assert_eq!(invite.decide(create), Err(Refusal::NotFound));
                let revoke = InviteCommand::Revoke { room: LOUNGE, by: by.clone() };
                prop_assert_eq!(invite.decide(revoke), Err(Refusal::NotFound));
            }
            let send = MessageCommand::Send {
                id: GREETING, room: LOUNGE, by: by.clone(), text: text.clone(), files: vec![], names: Names::new(),
                reply_to: None, at: NOON,
            };
            prop_assert_eq!(message.decide(send), Err(Refusal::NotFound));
            let edit = MessageCommand::Edit {
                room: LOUNGE, by: by.clone(), text: text.clone(), names: Names::new(),
            };
            prop_assert_eq!(message.decide(edit), Err(Refusal::NotFound));
            let delete = MessageCommand::Delete { room: LOUNGE, by: by.clone(), reactions: vec![] };
            prop_assert_eq!(message.decide(delete), Err(Refusal::NotFound));
            let member_elsewhere = member(CAROL, &crate::facts::lounge());
            let source = Source::of(LOUNGE, by.clone(), GREETING, &message);
            let forward = MessageCommand::Forward {
                id: GREETING, room: LOUNGE, by: member_elsewhere, source, files: vec![], at: NOON,
            };
            prop_assert_eq!(Message::default().decide(forward), Err(Refusal::NotFound));
            let pin = MessageCommand::Pin { room: LOUNGE, by: by.clone() };
            prop_assert_eq!(message.decide(pin), Err(Refusal::NotFound));
            let target = Target::of(LOUNGE, GREETING, &message);
            let react = ReactionCommand::Add { target, by: by.clone(), emoji: text.clone(), at: NOON };
            prop_assert_eq!(Reaction::default().decide(react), Err(Refusal::NotFound));
            let read = ReadingCommand::Advance { room: LOUNGE, by: by.clone(), position: 5, newest: 3 };
            prop_assert_eq!(Reading::default().decide(read), Err(Refusal::NotFound));
            for present in [false, true] {
                let membership = Membership { present, ..Membership::default() };
                for command in [
                    MembershipCommand::Add { room: LOUNGE, user: BOB, by: by.clone(), at: NOON },
                    MembershipCommand::Join { room: LOUNGE, by: by.clone(), at: NOON },
                    MembershipCommand::Leave { room: LOUNGE, by: by.clone() },
                    MembershipCommand::Remove { room: LOUNGE, by: by.clone(), target: member(BOB, &room) },
                    MembershipCommand::AssignRoles {
                        room: LOUNGE, by: by.clone(), target: member(BOB, &room), roles: vec![HELPER],
                        defined: room.roles.clone(),
                    },
                    MembershipCommand::Ban {
                        room: LOUNGE, by: by.clone(), target: member(BOB, &room), is_owner: true, reason: None,
                        until: Some(NOON), at: NOON,
                    },
                    MembershipCommand::Unban { room: LOUNGE, by: by.clone(), user: BOB, at: NOON },
                    MembershipCommand::Update {
                        room: LOUNGE, by: by.clone(), changes: MembershipChanges::default(), at: NOON,
                    },
                ] {
                    prop_assert_eq!(membership.decide(command), Err(Refusal::NotFound));
                }
            }
        }
    }
}
