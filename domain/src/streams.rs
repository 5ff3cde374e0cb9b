//! Every kind of stream, and what may happen in it.

use cqrs_es::Aggregate;

use crate::admins::{Admins, AdminsEvent};
use crate::audit::{Audit, AuditEvent};
use crate::blob::{BlobEvent, GivenUp};
use crate::call::{Call, CallEvent};
use crate::erasure::{Completion, CompletionEvent};
use crate::file::{File, FileEvent};
use crate::holds::{Holds, HoldsEvent};
use crate::invite::{Invite, InviteEvent};
use crate::membership::{Membership, MembershipEvent};
use crate::message::{Message, MessageEvent};
use crate::reaction::{Reaction, ReactionEvent};
use crate::reading::{Reading, ReadingEvent};
use crate::retention::{Expiry, RetentionEvent};
use crate::room::{Room, RoomEvent};
use crate::session::{Session, SessionEvent};
use crate::settings::{Settings, SettingsEvent};
use crate::user::{User, UserEvent};

/// Streams by kind, and the names of their events.
pub const STREAMS: [(&str, &[&str]); 17] = [
    (User::TYPE, UserEvent::TYPES),
    (Admins::TYPE, AdminsEvent::TYPES),
    (Session::TYPE, SessionEvent::TYPES),
    (Settings::TYPE, SettingsEvent::TYPES),
    (Room::TYPE, RoomEvent::TYPES),
    (Membership::TYPE, MembershipEvent::TYPES),
    (Message::TYPE, MessageEvent::TYPES),
    (Reaction::TYPE, ReactionEvent::TYPES),
    (Reading::TYPE, ReadingEvent::TYPES),
    (Invite::TYPE, InviteEvent::TYPES),
    (File::TYPE, FileEvent::TYPES),
    (GivenUp::TYPE, BlobEvent::TYPES),
    (Call::TYPE, CallEvent::TYPES),
    (Audit::TYPE, AuditEvent::TYPES),
    (Holds::TYPE, HoldsEvent::TYPES),
    (Completion::TYPE, CompletionEvent::TYPES),
    (Expiry::TYPE, RetentionEvent::TYPES),
];
