//! Bytes on their way to who may see them, for as long as they may.

use std::time::Duration;

use api_kit::Problem;
use blob_store::{BlobError, Reading};
use bytes::Bytes;
use domain::id::FileId;
use futures::stream::try_unfold;
use futures::{Stream, TryStreamExt};
use tokio::time::{Instant, timeout};

use crate::Queries;
use crate::asker::Asker;

/// How long what was seen to be allowed counts: then it is looked again before more is sent.
const LOOK_AGAIN: Duration = Duration::from_millis(400);

/// How long looking may take; whatever is not known by then is not sent.
const KNOWN_WITHIN: Duration = Duration::from_millis(500);

/// A download was broken off: what was sent is shorter than was announced, and so not mistaken for the whole.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error("who downloads may not see the file any more")]
    Lost(#[from] Problem),
    #[error("whether who downloads may still see the file is not known in time")]
    Unknown,
    #[error("its bytes cannot be read")]
    Bytes(#[from] BlobError),
}

/// The pieces of `reading`. Before one is handed on, it is looked whether the caller still sees the file, unless that
/// was known a moment ago.
pub(super) fn guarded(
    queries: Queries,
    asker: Asker,
    file: FileId,
    reading: Reading,
) -> impl Stream<Item = Result<Bytes, Broken>> + Send + 'static {
    let state = (queries, asker, reading, Instant::now());
    try_unfold(state, move |(queries, asker, mut reading, mut looked_at)| async move {
        let Some(piece) = reading.try_next().await? else { return Ok(None) };
        if looked_at.elapsed() >= LOOK_AGAIN {
            let mut asking = queries.asking_again(&asker);
            timeout(KNOWN_WITHIN, asking.file(file)).await.map_err(|_| Broken::Unknown)??;
            looked_at = Instant::now();
        }
        Ok(Some((piece, (queries, asker, reading, looked_at))))
    })
}
