//! Files that go with messages: they move in the append of the message, and before it, so that the message's place is
//! the last.

use api_kit::Problem;
use domain::file::{File, FileCommand, FileEvent, Source};
use domain::id::{FileId, MessageId, RoomId};
use domain::permission::Standing;

use crate::actor::Actor;
use crate::refused::refused;

/// A file that a forward makes of another.
pub(super) struct Copy {
    pub(super) id: FileId,
    pub(super) events: Vec<FileEvent>,
    /// What it is made of, unless that is the actor's too: a blob, and its size.
    pub(super) brings: Option<(String, u64)>,
}

impl Actor {
    /// Has files of the actor's go with a message that they send.
    pub(super) async fn attach(
        &self,
        files: &[FileId],
        by: &Standing,
        room: RoomId,
        message: MessageId,
    ) -> Result<(), Problem> {
        for (ordinal, id) in files.iter().enumerate() {
            let stream = id.to_string();
            let file = self.unit.load::<File>(&stream).await?;
            let send = FileCommand::Send { by: by.clone(), room, message, ordinal };
            self.unit.append::<File>(&stream, file.decide(send).map_err(refused)?, Some(room.0));
            self.brings_file(&file, room);
        }
        Ok(())
    }

    /// Has what is appended bring a file into `room`, if it is of somebody else's making.
    fn brings_file(&self, file: &File, room: RoomId) {
        if let Some(author) = file.author_id.filter(|author| *author != self.user) {
            self.brings(author, room);
        }
    }

    /// The files that a forward makes of those of a message of room `from`, in order; of those that are gone, or that
    /// the room may not see any more, none. The streams of the old ones are guards: what is deleted in the same moment
    /// is not forwarded.
    pub(super) async fn copies(
        &self,
        files: &[FileId],
        from: RoomId,
        to: RoomId,
        message: MessageId,
    ) -> Result<Vec<Copy>, Problem> {
        let mut copies = vec![];
        for (ordinal, id) in files.iter().enumerate() {
            let file = self.unit.load::<File>(&id.to_string()).await?;
            if !file.rooms.contains_key(&from) {
                continue;
            }
            let source = Source::of(*id, &file);
            let blob = file.blob.as_ref().filter(|_| file.owner_id != Some(self.user));
            let brings = blob.map(|blob| (blob.filename_internal.clone(), blob.size));
            let copy = File::forwarded_id(message, ordinal);
            let forward = FileCommand::Forward { id: copy, by: self.user, source, room: to, message };
            // What stays secret the message refuses, in its own order.
            let Ok(events) = File::default().decide(forward) else { continue };
            if !events.is_empty() {
                self.brings_file(&file, to);
                copies.push(Copy { id: copy, events, brings });
            }
        }
        Ok(copies)
    }

    /// Takes from a room what a message that is deleted gave it. The keys of a secret room's files are the message's to
    /// destroy.
    pub(super) async fn detach(&self, files: &[FileId], room: RoomId, message: MessageId) -> Result<(), Problem> {
        for id in files {
            let stream = id.to_string();
            let file = self.unit.load::<File>(&stream).await?;
            let withdraw = FileCommand::Withdraw { by: self.user, room, message };
            self.unit.append::<File>(&stream, file.decide(withdraw).map_err(refused)?, Some(room.0));
        }
        Ok(())
    }
}
