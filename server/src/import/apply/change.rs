//! A fact as commands: what became of rooms, and of who is in them.

use std::collections::BTreeSet;

use domain::id::{RoleId, RoomId, UserId};
use domain::imported::Origin;
use domain::membership::{Membership, MembershipChanges, MembershipCommand};
use domain::permission::{Permission, Standing};
use domain::room::{ImportedChange, NewRole, NewRoom, Room, RoomCommand, RoomType, Visibility};
use event_store::{Loaded, Unit};

use super::super::{Dated, Fact, Shape};
use super::known::{Known, TOLD, mark};
use super::tell::{any_erased, state, told};
use super::{Importer, NotTaken};

/// The role of those who look after a room beside its owner.
const MODERATORS: &str = "Moderator";

/// How high it stands: there is room below and above.
const MODERATORS_RANK: i32 = 100;

impl Importer<'_> {
    /// Tells of a change of a room or a membership, once; whether it changed anything.
    pub(super) async fn change(&self, unit: &Unit, dated: &Dated, known: &Known) -> Result<bool, NotTaken> {
        let mark = mark(dated);
        if let Fact::RoomCreated { room, shape: Shape::Dialog(members), .. } = &dated.fact {
            let [one, other] = members.map(|member| self.own(member));
            if one == other {
                return Ok(false); // both have the same account here
            }
            let here = Room::dialog_id(one, other);
            if here != *room {
                self.dialogs().insert(*room, here);
            }
            if !known.is_told(&mark) && !may_be_told(unit, here, [one, other]).await? {
                self.untold().insert(*room);
                return Ok(false);
            }
        }
        if known.is_told(&mark) {
            return Ok(false);
        }
        let users = of_whom(&dated.fact).map(|user| self.own(user)).collect::<Vec<_>>();
        if any_erased(unit, &users).await? {
            return Ok(false);
        }
        // Marked even if it was so already: told again later, it would undo what came after it.
        unit.claim(TOLD, mark, dated.origin.source_id.clone());
        self.changed(unit, dated, known).await
    }

    async fn changed(&self, unit: &Unit, dated: &Dated, known: &Known) -> Result<bool, NotTaken> {
        let imported = dated.origin.clone();
        let (room, command) = match dated.fact.clone() {
            Fact::RoomCreated { room, shape, topic } => {
                let room = self.here(room);
                (room, RoomCommand::Create(self.new_room(unit, room, shape, topic, imported).await?))
            }
            Fact::RoomRenamed { room, name, by } => {
                (room, self.as_told(unit, room, ImportedChange::Renamed(name), by, imported).await?)
            }
            Fact::TopicChanged { room, topic, by } => {
                (room, self.as_told(unit, room, ImportedChange::TopicChanged(topic), by, imported).await?)
            }
            Fact::Archived { room, by } => {
                (room, self.as_told(unit, room, ImportedChange::Archived, by, imported).await?)
            }
            Fact::Unarchived { room, by } => {
                (room, self.as_told(unit, room, ImportedChange::Unarchived, by, imported).await?)
            }
            Fact::ModeratorsMade { room, owner, role } => {
                let (_, by) = standing(unit, room, self.own(owner)).await?;
                (room, RoomCommand::DefineRole { room, by, role, new: moderators() })
            }
            Fact::MadeModerator { room, owner, role, user } => {
                return self.make_moderator(unit, room, owner, role, user).await;
            }
            Fact::Joined { room, user, founding } => {
                let (room, user) = (self.here(room), self.own(user));
                let command = MembershipCommand::ImportJoin { room, user, founding, imported };
                return membership(unit, known, room, user, command).await;
            }
            Fact::Left { room, user } => {
                let (room, user) = (self.here(room), self.own(user));
                return membership(unit, known, room, user, MembershipCommand::ImportLeave { room, user, imported })
                    .await;
            }
            Fact::Preferred { room, user, muted, pinned } => {
                let room = self.here(room);
                let (membership, by) = standing(unit, room, self.own(user)).await?;
                let wish = |wish: bool| wish.then_some(true);
                let changes = MembershipChanges { is_muted: wish(muted), muted_until: None, is_pinned: wish(pinned) };
                let id = Membership::stream(room, by.user);
                let command = MembershipCommand::Update { room, by, changes, at: dated.at };
                let events = membership.decide(command)?;
                return Ok(told::<Membership>(unit, &id, events, Some(room)));
            }
            Fact::Registered { .. }
            | Fact::File { .. }
            | Fact::Message { .. }
            | Fact::Edited { .. }
            | Fact::Reacted { .. }
            | Fact::Pinned { .. } => return Ok(false),
        };
        let id = room.to_string();
        let events = unit.load::<Room>(&id).await?.decide(command)?;
        Ok(told::<Room>(unit, &id, events, Some(room)))
    }

    /// What became of a room: as nobody's doing, if who did it was erased.
    async fn as_told(
        &self,
        unit: &Unit,
        room: RoomId,
        change: ImportedChange,
        by: Option<UserId>,
        imported: Origin,
    ) -> Result<RoomCommand, NotTaken> {
        let by = by.map(|by| self.own(by));
        let is_gone = any_erased(unit, by.as_slice()).await?;
        Ok(RoomCommand::Import { room, change, by: by.filter(|_| !is_gone), imported })
    }

    /// A room as it is made: nobody's, if its owner was erased.
    async fn new_room(
        &self,
        unit: &Unit,
        room: RoomId,
        shape: Shape,
        topic: Option<String>,
        imported: Origin,
    ) -> Result<NewRoom, NotTaken> {
        let imported = Some(imported);
        Ok(match shape {
            Shape::Group { name, visibility, owner } => {
                let owner = owner.map(|owner| self.own(owner));
                let is_gone = any_erased(unit, owner.as_slice()).await?;
                NewRoom {
                    room,
                    room_type: RoomType::Group,
                    visibility,
                    name: Some(name),
                    topic,
                    permissions: None,
                    created_by: owner.filter(|_| !is_gone),
                    members: BTreeSet::new(),
                    imported,
                }
            }
            Shape::Dialog(members) => NewRoom {
                room,
                room_type: RoomType::Dialog,
                visibility: Visibility::Private,
                name: None,
                topic: None,
                permissions: None,
                created_by: None,
                members: members.map(|member| self.own(member)).into(),
                imported,
            },
        })
    }

    async fn make_moderator(
        &self,
        unit: &Unit,
        room: RoomId,
        owner: UserId,
        role: RoleId,
        user: UserId,
    ) -> Result<bool, NotTaken> {
        let defined = unit.load::<Room>(&room.to_string()).await?.roles.clone();
        if !defined.contains_key(&role) {
            return Ok(false); // it was deleted here
        }
        let (_, by) = standing(unit, room, self.own(owner)).await?;
        let (membership, target) = standing(unit, room, self.own(user)).await?;
        let id = Membership::stream(room, target.user);
        let roles = membership.roles.iter().copied().chain([role]).collect();
        let command = MembershipCommand::AssignRoles { room, by, target, roles, defined };
        let events = membership.decide(command)?;
        Ok(told::<Membership>(unit, &id, events, Some(room)))
    }
}

/// Whether a dialog is told of: nobody of the two was erased, or it is there already.
async fn may_be_told(unit: &Unit, dialog: RoomId, members: [UserId; 2]) -> Result<bool, NotTaken> {
    Ok(!any_erased(unit, &members).await? || unit.load::<Room>(&dialog.to_string()).await?.exists)
}

/// Of whose doing a change tells, or of whose membership. A room is made and changed also without who did so.
fn of_whom(fact: &Fact) -> impl Iterator<Item = UserId> {
    let users = match fact {
        Fact::ModeratorsMade { owner, .. } => [Some(*owner), None],
        Fact::MadeModerator { owner, user, .. } => [Some(*owner), Some(*user)],
        Fact::Joined { user, .. } | Fact::Left { user, .. } | Fact::Preferred { user, .. } => [Some(*user), None],
        Fact::Registered { .. }
        | Fact::RoomCreated { .. }
        | Fact::RoomRenamed { .. }
        | Fact::TopicChanged { .. }
        | Fact::File { .. }
        | Fact::Message { .. }
        | Fact::Edited { .. }
        | Fact::Reacted { .. }
        | Fact::Pinned { .. }
        | Fact::Archived { .. }
        | Fact::Unarchived { .. } => [None, None],
    };
    users.into_iter().flatten()
}

/// What those who look after a room may do.
fn moderators() -> NewRole {
    use Permission::{BanMembers, DeleteMessages, InviteMembers, ManageRoom, MentionAll, PinMessages, RemoveMembers};
    let allow = [MentionAll, PinMessages, DeleteMessages, InviteMembers, RemoveMembers, BanMembers, ManageRoom].into();
    NewRole { name: MODERATORS.to_owned(), rank: MODERATORS_RANK, allow, deny: BTreeSet::new() }
}

/// Somebody's membership, and where they stand by it.
async fn standing(unit: &Unit, room: RoomId, user: UserId) -> Result<(Loaded<Membership>, Standing), NotTaken> {
    let state = unit.load::<Room>(&room.to_string()).await?;
    let membership = unit.load::<Membership>(&Membership::stream(room, user)).await?;
    let standing = Standing::of(user, &state, &membership);
    Ok((membership, standing))
}

async fn membership(
    unit: &Unit,
    known: &Known,
    room: RoomId,
    user: UserId,
    command: MembershipCommand,
) -> Result<bool, NotTaken> {
    let id = Membership::stream(room, user);
    let events = state::<Membership>(unit, known, &id).await?.decide(command)?;
    Ok(told::<Membership>(unit, &id, events, Some(room)))
}
