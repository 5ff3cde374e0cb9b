//! A folder in which every mail is a file, for development and for those who send them otherwise.

use std::io;
use std::path::PathBuf;

use api_kit::Context;
use command_api::mail::{Delivery, Letter, Postman, Undelivered};
use lettre::message::Mailbox;
use tokio::fs;

use super::compose::compose;

/// Writes each letter into a folder, as `<id>.eml`: in the order of their names they are in that of their writing.
pub(super) struct Folder {
    path: PathBuf,
    from: Mailbox,
    context: Context,
}

impl Folder {
    /// The folder is made when the first letter is.
    pub(super) fn new(path: PathBuf, from: Mailbox, context: Context) -> Self {
        Self { path, from, context }
    }

    async fn write(&self, letter: &Letter) -> Result<(), Undelivered> {
        let message = compose(letter, &self.from, &self.context)?.formatted();
        let name = self.context.new_id();
        let (part, whole) = (self.path.join(format!("{name}.part")), self.path.join(format!("{name}.eml")));
        let failed = |error: io::Error| Undelivered::Folder(error.kind());
        fs::create_dir_all(&self.path).await.map_err(failed)?;
        fs::write(&part, message).await.map_err(failed)?;
        // Whoever looks into the folder finds whole files alone.
        fs::rename(&part, &whole).await.map_err(failed)
    }
}

impl Postman for Folder {
    fn deliver<'a>(&'a self, letter: &'a Letter) -> Delivery<'a> {
        Box::pin(self.write(letter))
    }
}
