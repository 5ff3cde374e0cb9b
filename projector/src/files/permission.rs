//! Who may see a file besides its owner.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::Event;
use crate::rows::{Rows, row};

row! {
    /// Somebody who may see a file, or a room whose members may.
    struct FilePermission in "file_permission" by [file_id, grantee_id] {
        file_id: Uuid,
        grantee_id: Uuid,
        is_room: bool,
        ways: Vec<Uuid>,
        positions: Vec<i64>,
        granted_at: OffsetDateTime,
    }
}

/// The file came to a grantee, a room or not, by a message; by the nil id its owner gave it.
pub(super) fn grant(rows: &mut Rows, file: Uuid, (grantee, is_room): (Uuid, bool), way: Uuid, event: &Event) {
    let permission = rows.file_permissions.change_or_make([file, grantee], || FilePermission {
        file_id: file,
        grantee_id: grantee,
        is_room,
        ways: vec![],
        positions: vec![],
        granted_at: event.at,
    });
    if permission.ways.is_empty() {
        permission.granted_at = event.at;
    }
    permission.ways.push(way);
    permission.positions.push(event.position);
}

/// It is taken away as far as it came by a message; by none, wholly.
pub(super) fn revoke(rows: &mut Rows, key: [Uuid; 2], way: Option<Uuid>) {
    let Some(permission) = rows.file_permissions.change(key) else { return };
    let ways = std::mem::take(&mut permission.ways).into_iter().zip(std::mem::take(&mut permission.positions));
    (permission.ways, permission.positions) = ways.filter(|(by, _)| way.is_some_and(|way| way != *by)).unzip();
}
