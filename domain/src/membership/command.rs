//! What can be asked of a membership.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::id::{RoleId, RoomId, UserId};
use crate::imported::Origin;
use crate::permission::{Role, Standing};

/// What is asked of somebody's membership of a room. `at` is when: bans and mutes run out by it.
#[derive(Clone, Debug, PartialEq)]
pub enum MembershipCommand {
    /// The room's maker comes in, with the room's making: in the same append. Into a room of two both do.
    Found {
        /// The room.
        room: RoomId,
        /// Its maker, or the other of two.
        user: UserId,
    },
    /// The room's maker brings somebody in, with the room's making: in the same append.
    FoundWith {
        /// The room.
        room: RoomId,
        /// Who shall come in; that they exist is the caller's to see.
        user: UserId,
        /// Its maker.
        maker: UserId,
    },
    /// A member brings somebody in. Needs `invite_members`.
    Add {
        /// The room.
        room: RoomId,
        /// Who shall come in; that they exist is the caller's to see.
        user: UserId,
        /// Who asks.
        by: Standing,
        /// When.
        at: OffsetDateTime,
    },
    /// They come into a public room by themselves.
    Join {
        /// The room.
        room: RoomId,
        /// Who asks: where they stand by this very membership.
        by: Standing,
        /// When.
        at: OffsetDateTime,
    },
    /// They come in with an invite, which is accepted in the same append.
    Accept {
        /// The room.
        room: RoomId,
        /// Who asks: where they stand by this very membership.
        by: Standing,
        /// Who made the invite: it is good while they may invite.
        inviter: Standing,
        /// When.
        at: OffsetDateTime,
    },
    /// A member says which roles they have. Needs `manage_roles`, a higher rank than theirs and than that of each role
    /// given and taken, and what is given by it; one's own lower roles one may give and take.
    AssignRoles {
        /// The room.
        room: RoomId,
        /// Who asks.
        by: Standing,
        /// Whose roles: where they stand by this very membership.
        target: Standing,
        /// All the roles that they shall have.
        roles: Vec<RoleId>,
        /// The roles that the room has.
        defined: BTreeMap<RoleId, Role>,
    },
    /// They leave, an owner too, an archived room too.
    Leave {
        /// The room.
        room: RoomId,
        /// Who asks: where they stand by this very membership.
        by: Standing,
    },
    /// Another member removes them, from an archived room too. Needs `remove_members` and a higher rank.
    Remove {
        /// The room.
        room: RoomId,
        /// Who asks.
        by: Standing,
        /// Who shall go: where they stand by this very membership.
        target: Standing,
    },
    /// A member keeps them out, also of an archived room, and whether they are in it or not. Needs `ban_members`, and a
    /// higher rank than theirs if they are in it.
    Ban {
        /// The room.
        room: RoomId,
        /// Who asks.
        by: Standing,
        /// Who shall stay out: where they stand by this very membership.
        target: Standing,
        /// Whether the room is theirs: nobody stands above its owner, who may be away.
        is_owner: bool,
        /// Why.
        reason: Option<String>,
        /// When it runs out; none is never.
        until: Option<OffsetDateTime>,
        /// When: the month is in the name of the reason's key.
        at: OffsetDateTime,
    },
    /// A member lets them come in again. Needs `ban_members`.
    Unban {
        /// The room.
        room: RoomId,
        /// Who asks.
        by: Standing,
        /// Who may come in again.
        user: UserId,
        /// When.
        at: OffsetDateTime,
    },
    /// They say how they want to have the room, an archived one too.
    Update {
        /// The room.
        room: RoomId,
        /// Who asks: where they stand by this very membership.
        by: Standing,
        /// What shall be different.
        changes: MembershipChanges,
        /// When.
        at: OffsetDateTime,
    },
    /// An import says that they came, into whatever room.
    ImportJoin {
        /// The room.
        room: RoomId,
        /// Who came.
        user: UserId,
        /// Whether the source knows of it only that they are there: then it is no news to anybody.
        founding: bool,
        /// Where it says so.
        imported: Origin,
    },
    /// An import says that they left.
    ImportLeave {
        /// The room.
        room: RoomId,
        /// Who left.
        user: UserId,
        /// Where it says so.
        imported: Origin,
    },
}

/// What shall be different in one's own membership; what is none stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MembershipChanges {
    /// Whether they want no notice of the room.
    pub is_muted: Option<bool>,
    /// When the mute runs out, if that is said: none is never, and a time alone mutes.
    pub muted_until: Option<Option<OffsetDateTime>>,
    /// Whether they keep the room at the top.
    pub is_pinned: Option<bool>,
}
