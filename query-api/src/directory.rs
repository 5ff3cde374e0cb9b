//! Who may find whom.

use std::collections::HashSet;

use api_kit::Problem;
use domain::id::{RoomId, UserId};
use uuid::Uuid;

use crate::Queries;
use crate::asker::Asker;
use crate::asking::View;
use crate::place::Place;

/// Whom people find who do not administer the instance; themselves they always see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Directory {
    /// Everyone.
    #[default]
    Everyone,
    /// Those they share a room with.
    SharedRooms,
    /// Nobody. Whoever they share a room with they see where they know of them, as from a list of members.
    Nobody,
}

impl Queries {
    /// The same with another directory.
    #[must_use]
    pub fn with_directory(self, directory: Directory) -> Self {
        Self { directory, ..self }
    }

    /// A snapshot for a query about people. Where it depends on rooms that they share, it has seen all that was in the
    /// log when the query came: who was put out of a room does not find its members any more.
    pub(crate) async fn among_people(&self, asker: &Asker) -> Result<View, Problem> {
        Ok(self.among_people_in(asker, None).await?.0)
    }

    /// The same, and where the caller stands in a room; it may be that they must not know it.
    pub(crate) async fn among_people_in(&self, asker: &Asker, room: Option<RoomId>) -> Result<(View, Place), Problem> {
        let mut asking = self.asking(asker);
        let (view, place) = asking.view(room).await?;
        if !view.is_behind() || view.sees_everyone() {
            return Ok((view, place));
        }
        asking.must_see(view.head);
        drop(view);
        asking.view(room).await
    }
}

impl View {
    /// Whether the caller sees everyone, whatever rooms they share.
    pub(crate) fn sees_everyone(&self) -> bool {
        self.directory == Directory::Everyone || self.caller.is_admin
    }

    /// Whether the caller may see `user`: also somebody who has left, of a room that the caller is in, where what they
    /// said is still to be read.
    pub(crate) async fn may_see(&mut self, user: UserId) -> Result<bool, sqlx::Error> {
        Ok(!self.seen(&[user.0]).await?.is_empty())
    }

    /// Those of `users` whom the caller may see.
    pub(crate) async fn seen(&mut self, users: &[Uuid]) -> Result<HashSet<Uuid>, sqlx::Error> {
        if self.sees_everyone() {
            return Ok(users.iter().copied().collect());
        }
        let caller = self.caller.user.0;
        let pairs: Vec<_> = users.iter().map(|user| (caller, *user)).collect();
        Ok(self.who_see(&pairs).await?.into_iter().map(|(_, user)| user).collect())
    }

    /// The pairs of whom the one may see the other, whoever the caller is.
    pub(crate) async fn who_see(&mut self, pairs: &[(Uuid, Uuid)]) -> Result<HashSet<(Uuid, Uuid)>, sqlx::Error> {
        if self.directory == Directory::Everyone || pairs.is_empty() {
            return Ok(pairs.iter().copied().collect());
        }
        let (viewers, users): (Vec<Uuid>, Vec<Uuid>) = pairs.iter().copied().unzip();
        let seen = sqlx::query!(
            r#"select p.viewer as "viewer!", p.id as "id!" from unnest($1::uuid[], $2::uuid[]) as p (viewer, id)
            where p.viewer = p.id
                or exists (select from read.account a where a.id = p.viewer and 'admin' = any(a.roles))
                or exists (
                    select from read.membership mine
                    join read.membership theirs on theirs.room_id = mine.room_id and theirs.user_id = p.id
                    join read.room r on r.id = mine.room_id and not r.closed
                    where mine.user_id = p.viewer and mine.present
                        -- Who was banned before they ever came did not come last by that.
                        and not exists (
                            select from log.events e
                            where e.position = theirs.joined_position and e.event_type = 'membership_banned'))"#,
            &viewers,
            &users,
        );
        Ok(seen.fetch_all(self.connection()).await?.into_iter().map(|pair| (pair.viewer, pair.id)).collect())
    }
}
