//! Files, all of the same bytes.

use domain::erasure::Erasure;
use domain::file::{Blob, FileEvent, Grantee};
use domain::id::FileId;
use domain::sealed::{KeyName, Sealed};

use super::{Entry, id, message_id, room_id, user_id};

pub(crate) fn file_id(file: u32) -> FileId {
    FileId(id(7, file))
}

/// What the name of a file is sealed with, by who uploaded it in the beginning.
pub(crate) fn name_key(file: u32, author: u32) -> KeyName {
    KeyName::filename(user_id(author), file_id(file))
}

fn bytes() -> Blob {
    let name = "2cf2".to_owned();
    Blob {
        sha256: Some(name.clone()),
        filename_internal: name,
        size: 5,
        media_type: "text/plain".into(),
        pixels: None,
        preview: None,
    }
}

fn of_file(file: u32, fact: &FileEvent) -> Entry {
    Entry::of("file", &file_id(file), fact)
}

pub(crate) fn uploaded(file: u32, owner: u32) -> Entry {
    let filename_visible = Sealed::new(name_key(file, owner), "notes.txt".to_owned());
    let (owner_id, blob) = (user_id(owner), bytes());
    let fact =
        FileEvent::FileUploaded { owner_id, filename_visible, blob, room_id: None, secret: None, imported: None };
    of_file(file, &fact).by(owner)
}

/// Somebody forwards a file of another's with a message to the first room.
pub(crate) fn file_forwarded(file: u32, owner: u32, from: (u32, u32), message: u32) -> Entry {
    let fact = FileEvent::FileForwarded {
        owner_id: user_id(owner),
        author_id: user_id(from.1),
        forwarded_from: file_id(from.0),
        filename_visible: Sealed::new(name_key(file, from.1), "notes.txt".to_owned()),
        blob: bytes(),
        room_id: room_id(1),
        message_id: message_id(message),
    };
    of_file(file, &fact).by(owner).in_room(1)
}

pub(crate) fn granted(file: u32, to: Grantee, message: Option<u32>) -> Entry {
    of_file(file, &FileEvent::FileGranted { to, message_id: message.map(message_id) })
}

pub(crate) fn revoked(file: u32, from: Grantee, message: Option<u32>) -> Entry {
    of_file(file, &FileEvent::FileRevoked { from, message_id: message.map(message_id) })
}

/// No room keeps it any longer: its name ends with it.
pub(crate) fn file_ended(file: u32, owner: u32, author: u32) -> Entry {
    let (by, owner_id, filename_internal) = (user_id(owner), user_id(owner), Some(bytes().filename_internal));
    let erasure = Some(Erasure::of(name_key(file, author)));
    of_file(file, &FileEvent::FileDeleted { by, owner_id, filename_internal, erasure }).in_room(1)
}

pub(crate) fn file_deleted(file: u32, owner: u32) -> Entry {
    let (by, owner_id, filename_internal) = (user_id(owner), user_id(owner), Some(bytes().filename_internal));
    of_file(file, &FileEvent::FileDeleted { by, owner_id, filename_internal, erasure: None }).by(owner)
}
