//! Bytes on their way to who may see them, for as long as they may.

use std::time::Duration;

use api_kit::Problem;
use api_kit::serve::Wire;
use blob_store::{BlobError, Reading};
use bytes::Bytes;
use domain::id::FileId;
use futures::{Stream, StreamExt};
use tokio::time::{sleep, timeout};
use tracing::debug;

use crate::Queries;
use crate::asker::Asker;

/// How long what was seen to be allowed counts: then it is looked again.
const LOOK_AGAIN: Duration = Duration::from_millis(400);

/// How long looking may take; whatever is not known by then is not sent.
const KNOWN_WITHIN: Duration = Duration::from_millis(500);

/// The pieces of `reading`. While they go, it is looked every now and then whether the caller still sees the file; if not,
/// the connection is cut, whether the caller reads or not. What was sent is shorter than was announced, and so not
/// mistaken for the whole.
pub(super) fn guarded(
    queries: Queries,
    asker: Asker,
    file: FileId,
    reading: Reading,
    wire: &Wire,
) -> impl Stream<Item = Result<Bytes, BlobError>> + Send + 'static {
    let watched = wire.cut_once(lost(queries, asker, file));
    reading.map(move |piece| {
        let _as_long = &watched;
        piece
    })
}

/// Done when the caller does not see the file any more, or when that is not known in time.
async fn lost(queries: Queries, asker: Asker, file: FileId) {
    loop {
        sleep(LOOK_AGAIN).await;
        match timeout(KNOWN_WITHIN, is_seen(&queries, &asker, file)).await {
            Ok(Ok(())) => {}
            Ok(Err(problem)) => return debug!(%problem, "a download was cut: its file is not seen any more"),
            Err(_) => return debug!("a download was cut: whether its file is still seen is not known in time"),
        }
    }
}

/// Refuses who does not see the file any more, or looked at the past and may not any more: who looks as somebody is judged as
/// somebody in the past, and as themselves today.
async fn is_seen(queries: &Queries, asker: &Asker, file: FileId) -> Result<(), Problem> {
    if asker.viewer.is_some() {
        queries.still_lets_in(asker).await?;
    }
    queries.asking_again(asker).file(file).await?;
    Ok(())
}
