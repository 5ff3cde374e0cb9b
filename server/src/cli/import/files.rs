//! Files of what is imported.

use std::path::PathBuf;

use super::super::Failed;
use super::super::output::Output;
use crate::import::{Folder, Keeping};
use crate::settings::Storage;

#[derive(Debug, clap::Args)]
pub(super) struct Files {
    /// The folder with the bytes of files, which exports do not hold themselves. Without it files are told of, and a
    /// later import adds their bytes.
    #[arg(long, value_name = "DIR")]
    files: Option<PathBuf>,
    #[command(flatten)]
    storage: Storage,
}

impl Files {
    /// The folder, if one is given.
    pub(super) fn folder(&self) -> Result<Option<Folder>, Failed> {
        Ok(self.files.as_deref().map(Folder::open).transpose()?)
    }

    /// Where bytes go, if there are any.
    pub(super) async fn keeping(&self) -> Result<Option<Keeping>, Failed> {
        if self.files.is_none() {
            return Ok(None);
        }
        Ok(Some(Keeping::new(self.storage.open().await?, self.storage.keep_free())))
    }

    /// Tells how many files there are, and of how many the bytes.
    pub(super) fn counted(&self, (files, here): (usize, usize), output: &mut Output) -> Result<(), Failed> {
        let bytes = match &self.files {
            _ if files == 0 => return Ok(()),
            Some(_) => format!("the bytes of {here} are here"),
            None => "without --files they have no bytes".to_owned(),
        };
        output.line(format_args!("{files} files went with messages; {bytes}"))?;
        Ok(())
    }
}
