//! Whole exports: streamed page by page, nothing held open between two pages.

use std::collections::HashMap;

use bytes::Bytes;
use event_store::{Head, KeyError, Keyring, Reader, Recorded};
use futures::stream::{Stream, try_unfold};
use sqlx::PgPool;

use super::opened::opened;
use super::pages::page;
use super::{CloudEvent, Event, Filter, Span};

/// Events read at once: some 500 KiB.
const AT_ONCE: u16 = 500;

/// Leaves of a full tile.
const TILE: i64 = 256;

/// Bytes of a leaf.
const HASH: usize = 32;

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/x-ndjson`: an event a line.
    Ndjson,
    /// `application/cloudevents-batch+json`: one array.
    CloudEvents,
}

/// An export was broken off. What was written until then has no end that could be mistaken for one.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database cannot be reached.
    #[error("the log cannot be reached")]
    Database(#[from] sqlx::Error),
    /// A key cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A stored event is not JSON.
    #[error("a stored event is not JSON")]
    NotJson(#[from] serde_json::Error),
    /// Whoever it is sent to may not see it any more.
    #[error("the session, or the role, of whoever it is sent to has ended")]
    Ended,
}

/// Up to `most` events of `span` that fit, as auditors get them.
pub(crate) async fn events(
    pool: &PgPool,
    keyring: &Keyring,
    filter: &Filter,
    span: Span,
    most: u16,
) -> Result<Vec<Event>, ExportError> {
    let recorded = page(pool, filter, span, i64::from(most)).await?;
    let opened = if filter.open { Some(opened(pool, keyring, &recorded).await?) } else { None };
    let opened = opened.map_or_else(|| vec![None; recorded.len()], |all| all.into_iter().map(Some).collect());
    let leaves = leaves(pool, &recorded).await?;
    let events = recorded.into_iter().zip(leaves).zip(opened);
    events.map(|((recorded, leaf), opened)| Ok(Event::of(recorded, leaf, opened)?)).collect()
}

/// The leaf that the record has of each, in hex.
async fn leaves(pool: &PgPool, events: &[Recorded]) -> Result<Vec<Option<String>>, sqlx::Error> {
    let place = |event: &Recorded| (event.position - 1) / TILE;
    let mut indexes: Vec<_> = events.iter().map(place).collect();
    indexes.dedup();
    let tiles = sqlx::query!("select index, hashes from record.tile where level = 0 and index = any($1)", &indexes);
    let tiles: HashMap<_, _> = tiles.fetch_all(pool).await?.into_iter().map(|tile| (tile.index, tile.hashes)).collect();
    let leaf = |event: &Recorded| {
        let at = usize::try_from((event.position - 1) % TILE).ok()? * HASH;
        Some(hex::encode(tiles.get(&place(event))?.get(at..at + HASH)?))
    };
    Ok(events.iter().map(leaf).collect())
}

/// The events that `filter` wants, up to position `end`, written in `format`. If it
/// [needs read models](Filter::needs_read_models), they must have seen `end`.
///
/// Takes the memory of one page, whatever the length: nothing is read before what came before it was taken.
pub async fn export(
    pool: PgPool,
    keyring: Keyring,
    filter: Filter,
    end: i64,
    format: Format,
) -> Result<impl Stream<Item = Result<Bytes, ExportError>> + Send + 'static, ExportError> {
    let head = Reader::new(pool.clone()).head().await?;
    let span = filter.span(&pool, end).await?;
    let left = filter.limit.unwrap_or(u64::MAX);
    let begun = Export { pool, keyring, filter, format, head, span, left, state: State::Begins };
    Ok(try_unfold(begun, Export::next))
}

struct Export {
    pool: PgPool,
    keyring: Keyring,
    filter: Filter,
    format: Format,
    head: Head,
    span: Span,
    left: u64,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Begins,
    GoesOn,
    Over,
}

impl Export {
    /// The next piece, and the rest.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, ExportError> {
        if self.state == State::Over {
            return Ok(None);
        }
        let most = u16::try_from(self.left).map_or(AT_ONCE, |left| left.min(AT_ONCE));
        let events = if most == 0 || self.span.after >= self.span.until {
            vec![]
        } else {
            events(&self.pool, &self.keyring, &self.filter, self.span, most).await?
        };
        let ends = events.len() < usize::from(AT_ONCE);
        if let Some(last) = events.last() {
            self.span.after = last.position;
        }
        self.left = self.left.saturating_sub(events.len() as u64);
        let piece = self.written(events, ends)?;
        self.state = if ends { State::Over } else { State::GoesOn };
        Ok(Some((piece.into(), self)))
    }

    fn written(&self, events: Vec<Event>, ends: bool) -> Result<Vec<u8>, ExportError> {
        let mut piece = Vec::new();
        let mut is_first = self.state == State::Begins;
        if is_first && self.format == Format::CloudEvents {
            piece.push(b'[');
        }
        for event in events {
            match self.format {
                Format::Ndjson => {
                    serde_json::to_writer(&mut piece, &event)?;
                    piece.push(b'\n');
                }
                Format::CloudEvents => {
                    if !is_first {
                        piece.push(b',');
                    }
                    piece.push(b'\n');
                    serde_json::to_writer(&mut piece, &CloudEvent::of(event, self.head.origin, self.head.epoch))?;
                }
            }
            is_first = false;
        }
        if ends && self.format == Format::CloudEvents {
            piece.extend_from_slice(b"\n]\n");
        }
        Ok(piece)
    }
}
