//! What happens to invites.

use domain::invite::InviteEvent;
use time::macros::datetime;

use super::{Entry, invite_code, room_id, user_id};

fn invite(invite: u32, fact: &InviteEvent) -> Entry {
    Entry::of("invite", &invite_code(invite), fact).in_room(1)
}

pub(crate) fn invite_created(number: u32, room: u32, by: u32, max_uses: Option<u32>) -> Entry {
    let (room_id, created_by) = (room_id(room), user_id(by));
    let expires_at = Some(datetime!(2026-02-01 00:00 UTC));
    invite(number, &InviteEvent::InviteCreated { room_id, created_by, max_uses, expires_at }).by(by)
}

pub(crate) fn invite_accepted(number: u32, room: u32, guest: u32, uses: u32) -> Entry {
    let (room_id, user_id, created_by) = (room_id(room), user_id(guest), user_id(1));
    let fact = InviteEvent::InviteAccepted { room_id, user_id, uses, created_by, max_uses: None, expires_at: None };
    invite(number, &fact).by(guest)
}

pub(crate) fn invite_revoked(number: u32, room: u32, by: u32, uses: u32) -> Entry {
    invite(number, &InviteEvent::InviteRevoked { room_id: room_id(room), by: user_id(by), uses }).by(by)
}
