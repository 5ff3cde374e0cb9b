//! What an event is about, as far as it matters who is told. Ids stand in clear: nothing is opened for this.

#[cfg(test)]
mod tests;

use domain::id::{InviteCode, derived};
use event_store::{Keyring, Recorded};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// An event, and what it is about.
#[derive(Clone, Debug)]
pub(super) struct Noted {
    pub(super) position: i64,
    pub(super) kind: String,
    /// The notice that a room's timeline may have of it.
    pub(super) notice: Uuid,
    pub(super) about: About,
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// A message was sent, or changed.
    Message { room: Uuid, message: Uuid },
    /// Somebody's reaction to a message.
    Reaction { room: Uuid, message: Uuid, user: Uuid },
    /// Somebody has read a room up to a position. `sequence` counts their readings.
    Reading { room: Uuid, user: Uuid, to: i64, sequence: i64 },
    /// Somebody came into a room.
    Coming { room: Uuid, user: Uuid },
    /// Somebody went, or was removed.
    Going { room: Uuid, user: Uuid },
    /// A member was given other roles.
    Roles { room: Uuid, user: Uuid },
    /// Somebody may not come in, or may again.
    Ban { room: Uuid, user: Uuid },
    /// How a member keeps a room.
    Keeping { room: Uuid, user: Uuid },
    /// A room changed.
    Room { room: Uuid },
    /// A room is gone.
    Closed { room: Uuid },
    /// A call began, ended, or somebody came into it or went.
    Call { room: Uuid, call: Uuid },
    /// An invite was made, used or revoked.
    Invite { room: Uuid, code: Uuid },
    /// An account changed, for everyone who sees it.
    Account { user: Uuid },
    /// An account changed, for its owner.
    Own { user: Uuid },
    /// An account is gone, and all that it wrote.
    Erased { user: Uuid },
    /// What a room keeps no longer is gone.
    Expired { room: Uuid },
    /// What a client stores for its user.
    Settings { user: Uuid },
    /// Somebody signed in or out.
    Session { session: Uuid },
    /// Sessions of somebody's ended, but for one or none.
    Sessions { user: Uuid },
    /// Somebody blocks somebody, or does not any more.
    Block { user: Uuid, other: Uuid },
    /// A file was made, or its bytes came.
    File { file: Uuid },
    /// A file is seen by more or by fewer.
    Grant { file: Uuid, to: Grantee, message: Option<Uuid> },
    /// A file is gone.
    FileGone { file: Uuid },
    /// What is shown nowhere, or is told by another event.
    Nothing,
}

/// Who may see a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Grantee {
    User(Uuid),
    Room(Uuid),
}

/// What is needed of payload and metadata.
#[derive(Default, Deserialize)]
struct Told {
    room_id: Option<Uuid>,
    other: Option<Uuid>,
    position: Option<i64>,
    to: Option<Value>,
    from: Option<Value>,
    message_id: Option<Uuid>,
}

impl Noted {
    pub(super) fn of(event: &Recorded, keyring: &Keyring) -> Self {
        let about = keyring.unopened(event).ok().and_then(|event| about(&event));
        if about.is_none() {
            tracing::warn!(event.position = event.position, event.kind = event.event_type, "nobody is told of this");
        }
        Self {
            position: event.position,
            kind: event.event_type.clone(),
            notice: derived("notice", &event.event_id.to_string()),
            about: about.unwrap_or(About::Nothing),
        }
    }

    /// The room that its members are told of.
    pub(super) fn room(&self) -> Option<Uuid> {
        match self.about {
            About::Message { room, .. }
            | About::Reaction { room, .. }
            | About::Reading { room, .. }
            | About::Coming { room, .. }
            | About::Going { room, .. }
            | About::Roles { room, .. }
            | About::Ban { room, .. }
            | About::Keeping { room, .. }
            | About::Room { room }
            | About::Closed { room }
            | About::Expired { room }
            | About::Call { room, .. }
            | About::Invite { room, .. }
            | About::Grant { to: Grantee::Room(room), .. } => Some(room),
            About::Account { .. }
            | About::Own { .. }
            | About::Erased { .. }
            | About::Settings { .. }
            | About::Session { .. }
            | About::Sessions { .. }
            | About::Block { .. }
            | About::File { .. }
            | About::Grant { to: Grantee::User(_), .. }
            | About::FileGone { .. }
            | About::Nothing => None,
        }
    }
}

/// What an event is about; none of one whose kind or form is unknown.
fn about(event: &Recorded) -> Option<About> {
    let id = || Uuid::try_parse(&event.aggregate_id).ok();
    let pair = || {
        let (one, other) = event.aggregate_id.split_once(':')?;
        Some((Uuid::try_parse(one).ok()?, Uuid::try_parse(other).ok()?))
    };
    let told = || serde_json::from_str::<Told>(&event.payload).ok();
    let pairs = |about: fn(Uuid, Uuid) -> About| pair().map(|(room, user)| about(room, user));
    match event.event_type.as_str() {
        "message_sent" | "message_edited" | "message_deleted" | "message_pinned" | "message_unpinned" => {
            Some(About::Message { room: told()?.room_id?, message: id()? })
        }
        "reaction_added" | "reaction_removed" => {
            let (message, user) = pair()?;
            Some(About::Reaction { room: told()?.room_id?, message, user })
        }
        "read_advanced" => {
            let (room, user) = pair()?;
            Some(About::Reading { room, user, to: told()?.position?, sequence: event.sequence })
        }
        "membership_added" | "membership_joined" => pairs(|room, user| About::Coming { room, user }),
        "membership_left" | "membership_removed" => pairs(|room, user| About::Going { room, user }),
        "membership_roles_assigned" => pairs(|room, user| About::Roles { room, user }),
        "membership_banned" | "membership_unbanned" => pairs(|room, user| About::Ban { room, user }),
        "membership_muted" | "membership_unmuted" | "membership_pinned" | "membership_unpinned" => {
            pairs(|room, user| About::Keeping { room, user })
        }
        "room_renamed"
        | "room_topic_changed"
        | "room_visibility_changed"
        | "room_permissions_changed"
        | "room_retention_changed"
        | "room_archived"
        | "room_unarchived"
        | "room_role_defined"
        | "room_role_changed"
        | "room_role_deleted"
        | "room_ownership_transferred" => Some(About::Room { room: id()? }),
        "room_closed" => Some(About::Closed { room: id()? }),
        "messages_expired" => Some(About::Expired { room: id()? }),
        "invite_created" | "invite_accepted" | "invite_revoked" => {
            let code: InviteCode = event.aggregate_id.parse().ok()?;
            Some(About::Invite { room: told()?.room_id?, code: code.0 })
        }
        "call_started" | "call_joined" | "call_declined" | "call_left" | "call_ended" => {
            Some(About::Call { room: told()?.room_id?, call: id()? })
        }
        "user_renamed" | "user_avatar_changed" => Some(About::Account { user: id()? }),
        "user_email_changed" | "user_email_verified" | "user_role_granted" | "user_role_revoked" => {
            Some(About::Own { user: id()? })
        }
        "user_erased" => Some(About::Erased { user: id()? }),
        "user_blocked" | "user_unblocked" => Some(About::Block { user: id()?, other: told()?.other? }),
        "settings_updated" => Some(About::Settings { user: id()? }),
        "session_started" | "session_ended" => Some(About::Session { session: id()? }),
        "user_password_changed" | "user_password_reset" | "user_sessions_revoked" | "user_suspended" => {
            Some(About::Sessions { user: id()? })
        }
        "file_uploaded" | "file_described" | "file_completed" | "file_forwarded" => Some(About::File { file: id()? }),
        "file_granted" => granted(id()?, &told()?, |told| told.to.clone()),
        "file_revoked" => granted(id()?, &told()?, |told| told.from.clone()),
        "file_deleted" => Some(About::FileGone { file: id()? }),
        // Nobody is in a room when it is made, nor sees an account when it is; who is in it from the beginning is told by
        // the events that follow. What administrators see of others they fetch. Auditors' and operators' events change no
        // read model.
        "room_created" | "user_registered" | "user_reinstated" | "user_role_proposed" | "admin_added"
        | "admin_removed" | "audit_accessed" | "erasure_refused" | "erasure_finished" | "hold_placed"
        | "hold_lifted" | "blob_condemned" => Some(About::Nothing),
        _ => None,
    }
}

fn granted(file: Uuid, told: &Told, whom: fn(&Told) -> Option<Value>) -> Option<About> {
    let to = serde_json::from_value(whom(told)?).ok()?;
    Some(About::Grant { file, to, message: told.message_id })
}
