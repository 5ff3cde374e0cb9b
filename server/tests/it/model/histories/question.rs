//! What is asked of which the model knows nothing: about accounts, settings, sessions and files.

use super::beside::File;
use crate::model::play::Play;
use crate::model::world::{NAMES, PEOPLE, ROOT, Who};

/// A query.
#[derive(Clone, Copy, Debug)]
pub(super) enum Question {
    Settings,
    OwnAccount,
    Sessions,
    Export,
    Account(Who),
    /// Somebody, by their email.
    Users(Who),
    File(File),
    Content(File),
    FilePermissions(File),
}

impl Question {
    /// What the contract calls it.
    pub(super) fn operation(self) -> &'static str {
        match self {
            Self::Settings => "GetSettings",
            Self::OwnAccount => "GetOwnAccount",
            Self::Sessions => "ListSessions",
            Self::Export => "ExportOwnData",
            Self::Account(_) => "GetAccount",
            Self::Users(_) => "ListUsers",
            Self::File(_) => "GetFile",
            Self::Content(_) => "GetFileContent",
            Self::FilePermissions(_) => "ListFilePermissions",
        }
    }

    pub(super) fn path(self, play: &Play<'_>) -> String {
        match self {
            Self::Settings => "/v1/users/me/settings".to_owned(),
            Self::OwnAccount => "/v1/users/me".to_owned(),
            Self::Sessions => "/v1/sessions".to_owned(),
            Self::Export => "/v1/users/me/export".to_owned(),
            Self::Account(who) => format!("/v1/users/{}", play.person(who)),
            Self::Users(who) => format!("/v1/users?q={}", play.asker(who).email),
            Self::File(file) => format!("/v1/files/{}", file.id),
            Self::Content(file) => format!("/v1/files/{}/content", file.id),
            Self::FilePermissions(file) => format!("/v1/files/{}/permissions", file.id),
        }
    }

    /// Everything there is. Who administers the instance sees of everybody whether they are suspended; a file's bytes,
    /// and whom it is granted, are asked for by its owner and by another.
    pub(super) fn all(files: &[File]) -> Vec<(Who, Self)> {
        let mut asked = vec![];
        for viewer in 0..NAMES.len() {
            let another = (viewer + 1) % NAMES.len();
            asked.extend([Self::Settings, Self::OwnAccount, Self::Sessions].map(|question| (viewer, question)));
            asked.extend([(viewer, Self::Account(another)), (viewer, Self::Users(another))]);
        }
        asked.extend((0..PEOPLE).map(|who| (ROOT, Self::Account(who))));
        asked.extend((0..PEOPLE).map(|viewer| (viewer, Self::Export)));
        for (place, file) in files.iter().enumerate() {
            asked.extend((0..PEOPLE).map(|viewer| (viewer, Self::File(*file))));
            let another = (file.owner + 1 + place % (PEOPLE - 1)) % PEOPLE;
            for viewer in [file.owner, another] {
                asked.extend([(viewer, Self::Content(*file)), (viewer, Self::FilePermissions(*file))]);
            }
        }
        asked
    }
}
