//! Who may find whom.

use api_kit::Problem;
use domain::id::UserId;

use crate::Queries;
use crate::asker::Asker;
use crate::asking::View;

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
        let mut asking = self.asking(asker);
        let (view, _) = asking.view(None).await?;
        if !view.is_behind() || self.sees_everyone(&view) {
            return Ok(view);
        }
        asking.must_see(view.head);
        drop(view);
        Ok(asking.view(None).await?.0)
    }

    /// Whether the caller sees everyone, whatever rooms they share.
    pub(crate) fn sees_everyone(&self, view: &View) -> bool {
        self.directory == Directory::Everyone || view.caller.is_admin
    }

    /// Whether the caller may see `user`: also somebody who has left, of a room that the caller is in, where what they
    /// said is still to be read.
    pub(crate) async fn may_see(&self, view: &mut View, user: UserId) -> Result<bool, Problem> {
        let caller = view.caller.user;
        if self.sees_everyone(view) || caller == user {
            return Ok(true);
        }
        let shared = sqlx::query_scalar!(
            r#"select exists (
                select from read.membership mine
                join read.membership theirs on theirs.room_id = mine.room_id and theirs.user_id = $2
                join read.room r on r.id = mine.room_id and not r.closed
                where mine.user_id = $1 and mine.present
                    -- Who was banned before they ever came did not come last by that.
                    and not exists (
                        select from log.events e
                        where e.position = theirs.joined_position and e.event_type = 'membership_banned')) as "shared!""#,
            caller.0,
            user.0,
        );
        Ok(shared.fetch_one(view.connection()).await?)
    }
}
