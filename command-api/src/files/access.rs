//! Whether somebody may see a file, for commands that its owner alone may give: others are told that they may not, or
//! that there is nothing.

use api_kit::Problem;
use domain::file::{Asker, File};
use domain::id::{FileId, RoomId};
use domain::membership::Membership;
use domain::permission::{Permission, Standing};
use domain::room::Room;
use event_store::{Loaded, StoreError};

use crate::actor::Actor;

impl Actor {
    /// A file, and whether the actor may see it. Its stream is a guard of the append. Of the rooms that it is granted
    /// to nothing is guarded: whoever does not own it is refused in any case.
    pub(crate) async fn file(&self, id: FileId) -> Result<(Loaded<File>, Asker), Problem> {
        let file = self.unit.load::<File>(&id.to_string()).await?;
        let owns = file.owner_id == Some(self.user);
        let sees = owns || file.users.contains(&self.user) || self.sees_in_a_room(id, &file).await?;
        Ok((file, Asker { user: self.user, sees }))
    }

    /// The same rule as that of queries.
    async fn sees_in_a_room(&self, id: FileId, file: &File) -> Result<bool, StoreError> {
        for (room, ways) in &file.rooms {
            let Some(came) = self.came_into(*room).await? else { continue };
            let last = ways.iter().map(|way| way.since).max().unwrap_or_default();
            if came == 0 || self.unit.position_of::<File>(&id.to_string(), last).await? > Some(came) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The position that the actor sees a room from; 0 is everything; none if they are not in it.
    async fn came_into(&self, id: RoomId) -> Result<Option<i64>, StoreError> {
        let stream = Membership::stream(id, self.user);
        let membership = self.unit.look::<Membership>(&stream).await?;
        if !membership.present {
            return Ok(None);
        }
        let room = self.unit.look::<Room>(&id.to_string()).await?;
        let standing = Standing::of(self.user, &room, &membership);
        if !standing.present || standing.effective.contains(&Permission::ViewHistory) {
            return Ok(standing.present.then_some(0));
        }
        self.unit.position_of::<Membership>(&stream, membership.came).await
    }
}
