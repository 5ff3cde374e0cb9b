//! What people do.

use std::collections::BTreeSet;

use super::permissions::Permissions;
use super::world::{Number, Who};

/// Somebody does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) by: Who,
    pub(super) act: Act,
}

/// Which version of a thing a command is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    Any,
    Current,
    /// One that it never had.
    Other,
}

/// Something that is done. What it is done to goes by number, whether it is there or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    CreateGroup {
        room: Number,
        name: Option<&'static str>,
        public: bool,
        with: Vec<Who>,
        permissions: Option<Permissions>,
    },
    OpenDialog {
        with: Who,
        permissions: Option<Permissions>,
    },
    OpenSecret {
        room: Number,
        with: Who,
    },
    UpdateRoom {
        room: Number,
        changes: RoomChanges,
        version: Version,
    },
    ArchiveRoom {
        room: Number,
    },
    UnarchiveRoom {
        room: Number,
    },
    CloseRoom {
        room: Number,
        version: Version,
    },
    TransferOwnership {
        room: Number,
        to: Who,
        version: Version,
    },
    DefineRole {
        room: Number,
        role: Number,
        name: &'static str,
        rank: i64,
        allow: Permissions,
        deny: Permissions,
    },
    ChangeRole {
        room: Number,
        role: Number,
        changes: RoleChanges,
        version: Version,
    },
    DeleteRole {
        room: Number,
        role: Number,
        version: Version,
    },
    JoinRoom {
        room: Number,
    },
    LeaveRoom {
        room: Number,
    },
    AddMember {
        room: Number,
        who: Who,
        roles: Option<BTreeSet<Number>>,
    },
    RemoveMember {
        room: Number,
        who: Who,
    },
    /// `until` in minutes from now.
    BanMember {
        room: Number,
        who: Who,
        reason: Option<&'static str>,
        until: Option<i64>,
    },
    UnbanMember {
        room: Number,
        who: Who,
    },
    UpdateMembership {
        room: Number,
        mute: Option<bool>,
        until: Option<i64>,
        keep: Option<bool>,
    },
    CreateInvite {
        room: Number,
        invite: Number,
        max_uses: Option<i64>,
        until: Option<i64>,
    },
    RevokeInvite {
        room: Number,
        invite: Number,
    },
    AcceptInvite {
        invite: Number,
    },
    SendMessage {
        room: Number,
        message: Number,
        text: &'static str,
        reply_to: Option<Number>,
    },
    EditMessage {
        room: Number,
        message: Number,
        text: &'static str,
        version: Version,
    },
    DeleteMessage {
        room: Number,
        message: Number,
        version: Version,
    },
    ForwardMessage {
        room: Number,
        message: Number,
        to: Number,
        copy: Number,
    },
    AddReaction {
        room: Number,
        message: Number,
        emoji: String,
    },
    RemoveReaction {
        room: Number,
        message: Number,
        emoji: String,
    },
    PinMessage {
        room: Number,
        message: Number,
    },
    UnpinMessage {
        room: Number,
        message: Number,
    },
    /// Up to a message; without one, beyond all there is.
    MarkRead {
        room: Number,
        message: Option<Number>,
    },
    StartCall {
        room: Number,
        call: Number,
        media: &'static str,
    },
    JoinCall {
        call: Number,
    },
    LeaveCall {
        call: Number,
    },
    /// The same by somebody who never was in it.
    DeclineCall {
        call: Number,
    },
    EndCall {
        call: Number,
    },
    BlockUser {
        who: Who,
    },
    UnblockUser {
        who: Who,
    },
    SuspendUser {
        who: Who,
    },
    ReinstateUser {
        who: Who,
    },
    EraseUser,
    /// Nobody does anything for some minutes.
    Wait {
        minutes: i64,
    },
    /// Several at once, of a kind that comes to a limit.
    Several(Vec<Act>),
}

/// What shall be different in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RoomChanges {
    pub(super) name: Option<&'static str>,
    pub(super) topic: Option<&'static str>,
    pub(super) public: Option<bool>,
    pub(super) permissions: Option<Permissions>,
    /// For how long it keeps messages; none within is for good.
    #[expect(clippy::option_option, reason = "what stays, none and a period are three things")]
    pub(super) retain_for: Option<Option<&'static str>>,
}

/// What shall be different in a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RoleChanges {
    pub(super) name: Option<&'static str>,
    pub(super) rank: Option<i64>,
    pub(super) allow: Option<Permissions>,
    pub(super) deny: Option<Permissions>,
}

impl Act {
    /// One by one.
    pub(super) fn each(&self) -> Vec<&Self> {
        if let Self::Several(acts) = self { acts.iter().collect() } else { vec![self] }
    }

    /// The room in which it is done, and the one that something comes to.
    pub(super) fn rooms(&self) -> Vec<Number> {
        match self {
            Self::ForwardMessage { room, to, .. } => vec![*room, *to],
            Self::CreateGroup { room, .. }
            | Self::OpenSecret { room, .. }
            | Self::UpdateRoom { room, .. }
            | Self::ArchiveRoom { room }
            | Self::UnarchiveRoom { room }
            | Self::CloseRoom { room, .. }
            | Self::TransferOwnership { room, .. }
            | Self::DefineRole { room, .. }
            | Self::ChangeRole { room, .. }
            | Self::DeleteRole { room, .. }
            | Self::JoinRoom { room }
            | Self::LeaveRoom { room }
            | Self::AddMember { room, .. }
            | Self::RemoveMember { room, .. }
            | Self::BanMember { room, .. }
            | Self::UnbanMember { room, .. }
            | Self::UpdateMembership { room, .. }
            | Self::CreateInvite { room, .. }
            | Self::RevokeInvite { room, .. }
            | Self::SendMessage { room, .. }
            | Self::EditMessage { room, .. }
            | Self::DeleteMessage { room, .. }
            | Self::AddReaction { room, .. }
            | Self::RemoveReaction { room, .. }
            | Self::PinMessage { room, .. }
            | Self::UnpinMessage { room, .. }
            | Self::MarkRead { room, .. }
            | Self::StartCall { room, .. } => vec![*room],
            Self::Several(acts) => acts.first().map(Self::rooms).unwrap_or_default(),
            Self::OpenDialog { .. }
            | Self::AcceptInvite { .. }
            | Self::JoinCall { .. }
            | Self::LeaveCall { .. }
            | Self::DeclineCall { .. }
            | Self::EndCall { .. }
            | Self::BlockUser { .. }
            | Self::UnblockUser { .. }
            | Self::SuspendUser { .. }
            | Self::ReinstateUser { .. }
            | Self::EraseUser
            | Self::Wait { .. } => vec![],
        }
    }

    /// The number of what it makes under an id of one's own choice.
    pub(super) fn chosen(&self) -> Option<Number> {
        if let Self::CreateGroup { room: id, .. }
        | Self::OpenSecret { room: id, .. }
        | Self::DefineRole { role: id, .. }
        | Self::SendMessage { message: id, .. }
        | Self::ForwardMessage { copy: id, .. }
        | Self::StartCall { call: id, .. } = self
        {
            return Some(*id);
        }
        None
    }

    /// The call that it is about.
    pub(super) fn call(&self) -> Option<Number> {
        if let Self::StartCall { call, .. }
        | Self::JoinCall { call }
        | Self::LeaveCall { call }
        | Self::DeclineCall { call }
        | Self::EndCall { call } = self
        {
            return Some(*call);
        }
        None
    }

    /// The message that it is about.
    pub(super) fn message(&self) -> Option<Number> {
        if let Self::Several(acts) = self {
            return acts.first().and_then(Self::message);
        }
        if let Self::MarkRead { message, .. } = self {
            return *message;
        }
        if let Self::SendMessage { message, .. }
        | Self::EditMessage { message, .. }
        | Self::DeleteMessage { message, .. }
        | Self::ForwardMessage { copy: message, .. }
        | Self::AddReaction { message, .. }
        | Self::RemoveReaction { message, .. }
        | Self::PinMessage { message, .. }
        | Self::UnpinMessage { message, .. } = self
        {
            return Some(*message);
        }
        None
    }
}
