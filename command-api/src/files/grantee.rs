//! Giving and taking sight of a file.

use api_kit::{Attempt, NoContent, Problem};
use domain::file::{File, FileCommand, Grantee, To};
use domain::id::FileId;
use domain::refusal::Refusal;
use domain::user::User;
use uuid::Uuid;

use crate::Commands;
use crate::actor::Actor;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

impl Commands {
    /// Lets somebody see a file.
    pub(super) async fn grant(
        &self,
        caller: &Caller,
        attempt: &Attempt,
        file: FileId,
        to: Grantee,
    ) -> Result<NoContent, Problem> {
        let done = self.execute(caller, attempt, |actor| grant(actor, file, to)).await?;
        Ok(no_content(&done))
    }

    /// Lets them not any more.
    pub(super) async fn revoke(
        &self,
        caller: &Caller,
        attempt: &Attempt,
        file: FileId,
        from: Grantee,
    ) -> Result<NoContent, Problem> {
        let done = self.execute(caller, attempt, |actor| revoke(actor, file, from)).await?;
        Ok(no_content(&done))
    }
}

async fn grant(actor: Actor, id: FileId, to: Grantee) -> Result<(), Problem> {
    let (file, by) = actor.file(id).await?;
    if file.owner_id != Some(actor.user) {
        return Err(refused(if by.sees { Refusal::NotTheOwnerOfTheFile } else { Refusal::NotFound }));
    }
    let whom = match to {
        Grantee::User(user) => {
            let them = actor.unit.load::<User>(&user.to_string()).await?;
            if !them.exists {
                return Err(Problem::NotFound);
            }
            // They are told of it at once, by whatever name the file has.
            them.welcomes(actor.user).map_err(refused)?;
            To::User(user)
        }
        Grantee::Room(room) => To::Room(room, actor.place(room).await?.standing),
    };
    let events = file.decide(FileCommand::Grant { by, to: whom }).map_err(refused)?;
    actor.unit.append::<File>(&id.to_string(), events, room_of(to));
    Ok(())
}

async fn revoke(actor: Actor, id: FileId, from: Grantee) -> Result<(), Problem> {
    let (file, by) = actor.file(id).await?;
    let events = file.decide(FileCommand::Revoke { by, from }).map_err(refused)?;
    actor.unit.append::<File>(&id.to_string(), events, room_of(from));
    Ok(())
}

fn room_of(grantee: Grantee) -> Option<Uuid> {
    match grantee {
        Grantee::User(_) => None,
        Grantee::Room(room) => Some(room.0),
    }
}
