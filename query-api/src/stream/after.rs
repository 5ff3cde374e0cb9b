//! What the log holds after what the read models have seen: who went since is told nothing more.

use std::collections::HashSet;

use api_kit::Problem;
use uuid::Uuid;

use super::seat::Pair;
use crate::asking::View;

/// What takes sight away.
const KINDS: [&str; 11] = [
    "membership_left",
    "membership_removed",
    "room_closed",
    "room_permissions_changed",
    "room_role_changed",
    "room_role_deleted",
    "room_ownership_transferred",
    "membership_roles_assigned",
    "user_erased",
    "user_blocked",
    "settings_updated",
];

/// What happened after some position, such as what a snapshot's read models have seen, and before its end of the log.
#[derive(Debug, Default)]
pub(super) struct After {
    /// Who went from where.
    gone: HashSet<Pair>,
    closed: HashSet<Uuid>,
    /// Where what members may see may have changed.
    doubtful: HashSet<Uuid>,
    /// Who may be hidden, from somebody or from everybody: their settings say so, or whom they block.
    hiding: HashSet<Uuid>,
}

impl After {
    /// Reads the index of what the read models have not seen yet: few events, as a rule.
    pub(super) async fn of(view: &mut View, position: i64) -> Result<Self, Problem> {
        let mut after = Self::default();
        let head = view.head;
        if head <= position {
            return Ok(after);
        }
        let kinds: Vec<String> = KINDS.iter().map(|kind| (*kind).to_owned()).collect();
        let rows = sqlx::query!(
            "select event_type, aggregate_id from log.events
            where position > $1 and position <= $2 and event_type = any($3)",
            position,
            head,
            &kinds,
        )
        .fetch_all(view.connection())
        .await?;
        for row in rows {
            after.note(&row.event_type, &row.aggregate_id);
        }
        Ok(after)
    }

    fn note(&mut self, kind: &str, id: &str) {
        let pair = id.split_once(':').and_then(|(room, user)| Some((room.parse().ok()?, user.parse().ok()?)));
        match (kind, pair, id.parse()) {
            ("membership_left" | "membership_removed", Some(pair), _) => _ = self.gone.insert(pair),
            ("room_closed", _, Ok(room)) => _ = self.closed.insert(room),
            ("user_erased" | "user_blocked" | "settings_updated", _, Ok(user)) => _ = self.hiding.insert(user),
            ("membership_roles_assigned", Some((room, _)), _) | (_, _, Ok(room)) => _ = self.doubtful.insert(room),
            _ => {}
        }
    }

    /// Whether somebody is not in a room any more.
    pub(super) fn has_gone(&self, room: Uuid, user: Uuid) -> bool {
        self.closed.contains(&room) || self.gone.contains(&(room, user))
    }

    /// Whether it is not known any more what members may see of what was said before they came, and what else they may.
    pub(super) fn is_doubtful(&self, room: Uuid) -> bool {
        self.doubtful.contains(&room)
    }

    /// Whether somebody may be hidden now from somebody who saw them.
    pub(super) fn may_hide(&self, user: Uuid) -> bool {
        self.hiding.contains(&user)
    }

    /// Whether two people may not see any more whether the other is there: they may be in no room together, or one hides.
    pub(super) fn may_part(&self, one: Uuid, other: Uuid) -> bool {
        let pair = [one, other];
        let went = self.gone.iter().any(|(_, user)| pair.contains(user));
        went || !self.closed.is_empty() || pair.iter().any(|user| self.may_hide(*user))
    }
}
