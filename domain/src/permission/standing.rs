//! Where somebody stands in a room, and what that lets them do.

use super::{Permission, PermissionSet, Rank, Role};
use crate::id::UserId;
use crate::membership::Membership;
use crate::refusal::Refusal;
use crate::room::{Room, RoomType, Visibility};
use crate::user::User;

/// Where somebody stands in a room: what a command by them is decided with.
///
/// Made of the room and their membership; the append guards both, so that it cannot be stale. Which refusal wins:
/// first what they may not know ([`Standing::member`]), then the state ([`Standing::unarchived`],
/// [`Standing::unblocked`], [`Standing::open`]), then what they lack ([`Standing::require`]).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any of them may hold")]
pub struct Standing {
    /// Who.
    pub user: UserId,
    /// Whether the room is there: made and not closed.
    pub exists: bool,
    /// The kind of the room.
    pub room_type: RoomType,
    /// Who finds the room; one that is not there is private.
    pub visibility: Visibility,
    /// Whether the room is archived.
    pub archived: bool,
    /// Whether they are a member now.
    pub present: bool,
    /// Whether they own the room and are a member.
    pub owner: bool,
    /// How high they stand: lowest when they are no member.
    pub rank: Rank,
    /// What they may do: nothing when they are no member.
    pub effective: PermissionSet,
    /// Whether the other of two keeps them from writing: [`crate::user::User::blocks`].
    pub blocked: bool,
}

impl Standing {
    /// Where `user` stands in `room` by `membership`, which must be theirs of this room.
    ///
    /// Ownership is without effect while they are no member. Of a room that is not there nobody is a member.
    pub fn of(user: UserId, room: &Room, membership: &Membership) -> Self {
        let exists = room.is_there();
        let present = exists && membership.present;
        let holding = present.then(|| room.holding(user, membership));
        Self {
            user,
            exists,
            room_type: room.room_type,
            visibility: if exists { room.visibility } else { Visibility::Private },
            archived: room.archived,
            present,
            owner: holding.as_ref().is_some_and(|holding| holding.owner),
            rank: holding.as_ref().map_or(Rank::None, super::Holding::rank),
            effective: holding.as_ref().map(super::Holding::effective).unwrap_or_default(),
            blocked: false,
        }
    }

    /// The same, where `other` is whom they talk to in a room of two.
    #[must_use]
    pub fn towards(self, other: &User) -> Self {
        Self { blocked: other.blocks(self.user), ..self }
    }

    /// Refuses who may not know that the room is there ([`Refusal::NotFound`]), and who may but is no member.
    pub fn member(&self) -> Result<(), Refusal> {
        match (self.present, self.visibility) {
            (true, _) => Ok(()),
            (false, Visibility::Public) => Err(Refusal::NotAMember),
            (false, Visibility::Private) => Err(Refusal::NotFound),
        }
    }

    /// Refuses who is no member, then everyone in an archived room: nothing is taken back there either.
    pub fn unarchived(&self) -> Result<(), Refusal> {
        self.member()?;
        if self.archived { Err(Refusal::Archived) } else { Ok(()) }
    }

    /// Refuses who is no member, then everyone in a room of two, whose members stay the two.
    pub fn not_of_two(&self) -> Result<(), Refusal> {
        self.member()?;
        if self.room_type == RoomType::Group { Ok(()) } else { Err(Refusal::MembersFixed) }
    }

    /// Refuses who is no member, then everyone in a room of two, which has neither roles nor an owner.
    pub fn in_group(&self) -> Result<(), Refusal> {
        self.member()?;
        if self.room_type == RoomType::Group { Ok(()) } else { Err(Refusal::GroupsOnly) }
    }

    /// Refuses who is no member, then whom the other of two has blocked.
    pub fn unblocked(&self) -> Result<(), Refusal> {
        self.member()?;
        if self.blocked { Err(Refusal::Blocked) } else { Ok(()) }
    }

    /// Refuses who is no member, then everyone in an archived room, then whom the other of two has blocked: what is
    /// written needs it.
    pub fn open(&self) -> Result<(), Refusal> {
        self.unarchived()?;
        self.unblocked()
    }

    /// Refuses who is no member, then who lacks `permission`.
    pub fn require(&self, permission: Permission) -> Result<(), Refusal> {
        self.member()?;
        if self.effective.contains(&permission) { Ok(()) } else { Err(Refusal::Lacks(permission)) }
    }

    /// Refuses who is no member, then who does not stand above `other`.
    pub fn outrank(&self, other: Rank) -> Result<(), Refusal> {
        self.member()?;
        if self.outranks(other) { Ok(()) } else { Err(Refusal::Outranked) }
    }

    /// Whether they are a member who stands above `other`.
    pub fn outranks(&self, other: Rank) -> bool {
        self.present && self.rank > other
    }

    /// Refuses who would give a permission that they lack.
    pub fn give(&self, permissions: &PermissionSet) -> Result<(), Refusal> {
        self.member()?;
        if permissions.is_subset(&self.effective) { Ok(()) } else { Err(Refusal::Outranked) }
    }

    /// Refuses who may not change what the room gives every member from `before` to `after`.
    ///
    /// What is new in `after` is given; taking away needs nothing more.
    pub fn change_defaults(&self, before: &PermissionSet, after: &PermissionSet) -> Result<(), Refusal> {
        self.give(&(after - before))
    }

    /// Refuses who may not turn the role `before` into `after`: none before is making or granting it, none after is
    /// removing it or taking it from a member.
    ///
    /// Both must stand below them. A new allow gives, and so does a deny that goes: nobody lifts what binds them.
    pub fn change_role(&self, before: Option<&Role>, after: Option<&Role>) -> Result<(), Refusal> {
        for role in before.iter().chain(&after) {
            self.outrank(Rank::Role(role.rank))?;
        }
        let nothing = Role::default();
        let (before, after) = (before.unwrap_or(&nothing), after.unwrap_or(&nothing));
        let given = &(&after.allow - &before.allow) | &(&before.deny - &after.deny);
        self.give(&given)
    }
}
