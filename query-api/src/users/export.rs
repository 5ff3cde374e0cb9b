//! An export as it is made: part by part and page by page, with the memory of one page.

mod acts;
mod archive;
mod files;
mod part;
mod rows;

use api_kit::Problem;
use blob_store::BlobError;
use bytes::Bytes;
use domain::id::UserId;
use event_store::KeyError;
use futures::Stream;
use futures::stream::try_unfold;

use crate::Queries;
use crate::asker::Asker;
use archive::Archive;
use part::Part;

/// An export was broken off: what was sent has no end that could be mistaken for one.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExportError {
    #[error("the database cannot be reached")]
    Database(#[from] sqlx::Error),
    #[error("who asked is not let in any more, or that is not known")]
    NotLetIn(#[from] Problem),
    #[error("a secret message cannot be opened")]
    Key(#[from] KeyError),
    #[error("a file's bytes cannot be read")]
    Bytes(#[from] BlobError),
    #[error("a row is not JSON")]
    NotJson(#[from] serde_json::Error),
    #[error("the archive takes no more")]
    Archive(#[from] zip::result::ZipError),
    #[error("the archive takes no more")]
    Write(#[from] std::io::Error),
}

/// The pieces of an archive of what is `user`'s own, who is whom the asker looks as. Before each is handed on it is asked
/// whether they are still let in.
pub(super) fn export(
    queries: Queries,
    asker: Asker,
    user: UserId,
) -> impl Stream<Item = Result<Bytes, ExportError>> + Send + 'static {
    let archive = Some(Archive::new(queries.context.now()));
    try_unfold(Export { queries, asker, user, archive, part: Part::FIRST }, Export::next)
}

struct Export {
    queries: Queries,
    asker: Asker,
    user: UserId,
    /// None once it is finished.
    archive: Option<Archive>,
    part: Part,
}

impl Export {
    /// The next piece, and the rest.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, ExportError> {
        let Some(mut archive) = self.archive.take() else { return Ok(None) };
        let is_past = self.asker.viewer.is_some();
        let piece = loop {
            match self.part.write(&mut archive, &self.queries, self.user, is_past).await? {
                Some(next) => self.part = next,
                None => break archive.finish()?,
            }
            let piece = archive.take();
            // An empty piece would be taken for the end.
            if !piece.is_empty() {
                self.archive = Some(archive);
                break piece;
            }
        };
        self.queries.still_lets_in(&self.asker).await?;
        Ok(Some((piece, self)))
    }
}
