//! Whole exports: page by page, nothing held open between two pages.

use std::collections::HashMap;

use bytes::Bytes;
use event_store::{KeyError, Keyring, Reader, Recorded};
use futures::stream::{Stream, try_unfold};
use sqlx::PgPool;

use super::opened::opened;
use super::pages::page;
use super::{Event, Filter, Format, Lines, Span};

/// Events of a piece that is sent: some 500 KiB.
const AT_ONCE: u16 = 500;

/// Leaves of a full tile.
const TILE: i64 = 256;

/// Bytes of a leaf.
const HASH: usize = 32;

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

/// The events that a filter wants, in pages. Takes the memory of one page, whatever the length.
pub struct Pages {
    pool: PgPool,
    keyring: Keyring,
    filter: Filter,
    span: Span,
    left: u64,
    at_once: u16,
}

impl Pages {
    /// The events that `filter` wants, up to position `end`, up to `at_once` in a page. If it
    /// [needs read models](Filter::needs_read_models), they must have seen `end`.
    pub async fn open(
        pool: PgPool,
        keyring: Keyring,
        filter: Filter,
        end: i64,
        at_once: u16,
    ) -> Result<Self, ExportError> {
        let span = filter.span(&pool, end).await?;
        let left = filter.limit.unwrap_or(u64::MAX);
        Ok(Self { pool, keyring, filter, span, left, at_once })
    }

    /// The positions that are still wanted.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The next page; empty at the end.
    pub async fn next(&mut self) -> Result<Vec<Event>, ExportError> {
        let most = u16::try_from(self.left).map_or(self.at_once, |left| left.min(self.at_once));
        if most == 0 || self.span.after >= self.span.until {
            return Ok(vec![]);
        }
        let events = events(&self.pool, &self.keyring, &self.filter, self.span, most).await?;
        self.span.after = match events.last() {
            Some(last) if events.len() == usize::from(most) => last.position,
            // There is no more: it need not be looked for.
            Some(_) | None => self.span.until,
        };
        self.left = self.left.saturating_sub(events.len() as u64);
        Ok(events)
    }
}

/// The events that `filter` wants, up to position `end`, written in `format`. If it
/// [needs read models](Filter::needs_read_models), they must have seen `end`.
///
/// Nothing is read before what came before it was taken.
pub(crate) async fn export(
    pool: PgPool,
    keyring: Keyring,
    filter: Filter,
    end: i64,
    format: Format,
) -> Result<impl Stream<Item = Result<Bytes, ExportError>> + Send + 'static, ExportError> {
    let lines = Lines::begin(format, &Reader::new(pool.clone()).head().await?);
    let pages = Pages::open(pool, keyring, filter, end, AT_ONCE).await?;
    Ok(try_unfold(Some((pages, lines)), |going| async move {
        let Some((mut pages, mut lines)) = going else { return Ok(None) };
        let (mut piece, page) = (vec![], pages.next().await?);
        let ends = page.is_empty();
        for event in page {
            lines.event(event, &mut piece)?;
        }
        if ends {
            lines.end(&mut piece);
        }
        Ok(Some((piece.into(), (!ends).then_some((pages, lines)))))
    }))
}
