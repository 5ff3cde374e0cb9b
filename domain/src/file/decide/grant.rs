//! Who may see a file.

use super::super::{Asker, CHANGES_MAX, File, FileEvent, Grantee, PLACES_MAX, To};
use crate::permission::Permission;
use crate::refusal::Refusal;
use crate::room::RoomType;

impl File {
    pub(super) fn grant(&self, by: Asker, to: To) -> Result<Vec<FileEvent>, Refusal> {
        self.owned(by)?;
        let (to, had) = match to {
            To::User(user) => (Grantee::User(user), self.owner_id == Some(user) || self.users.contains(&user)),
            To::Room(room, standing) => {
                standing.open()?;
                if standing.room_type == RoomType::Secret {
                    return Err(Refusal::invalid("", "in a secret room files come with messages alone"));
                }
                standing.require(Permission::SendFiles)?;
                let ways = self.rooms.get(&room);
                (Grantee::Room(room), ways.is_some_and(|ways| ways.iter().any(|way| way.message_id.is_none())))
            }
        };
        if self.room_id.is_some() {
            return Err(Refusal::StaysSecret);
        }
        if had {
            return Ok(vec![]);
        }
        self.has_place()?;
        Ok(vec![FileEvent::FileGranted { to, message_id: None }])
    }

    pub(super) fn revoke(&self, by: Asker, from: Grantee) -> Result<Vec<FileEvent>, Refusal> {
        self.owned(by)?;
        let had = match from {
            Grantee::User(user) => self.users.contains(&user),
            Grantee::Room(room) => self.rooms.contains_key(&room),
        };
        Ok(if had { vec![FileEvent::FileRevoked { from, message_id: None }] } else { vec![] })
    }

    pub(super) fn has_place(&self) -> Result<(), Refusal> {
        if self.places() >= PLACES_MAX {
            return Err(Refusal::LimitReached { what: "places where this file may be seen", most: PLACES_MAX });
        }
        if usize::try_from(self.events).is_ok_and(|events| events >= CHANGES_MAX) {
            return Err(Refusal::LimitReached { what: "changes of where this file may be seen", most: CHANGES_MAX });
        }
        Ok(())
    }
}
