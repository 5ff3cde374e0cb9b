//! A place in the log, and reading on from it.

use event_store::{Reader, Recorded, in_time};

use crate::event::Mark;

/// A place in the log: what was read last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// 0 before the first event.
    pub(crate) position: i64,
    /// The event that stands there, if it is known.
    pub(crate) mark: Option<Mark>,
}

/// The log could not be read on from a place.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    #[error("the log cannot be read")]
    Unavailable(#[from] sqlx::Error),
    /// It was restored from an older copy and has gone on differently.
    #[error("the log does not hold the event that was read last, at position {0}")]
    Diverged(i64),
    #[error("the log has no event at position {0}, but later ones")]
    Hole(i64),
}

impl Place {
    pub(crate) fn of(recorded: &Recorded) -> Self {
        Self { position: recorded.position, mark: Some(Mark::of(recorded)) }
    }

    /// Up to `limit` events that follow, in order, without gap.
    ///
    /// Each page begins with the event that was read last: what follows in a log that does not hold it, follows upon
    /// something else.
    pub(crate) async fn read(self, reader: &Reader, limit: usize) -> Result<Vec<Recorded>, ReadError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX - 1);
        let rows = if self.position == 0 {
            in_time(reader.after(0, limit)).await?
        } else {
            let mut rows = in_time(reader.after(self.position - 1, limit + 1)).await?;
            self.compare(rows.first())?;
            rows.remove(0);
            rows
        };
        let expected = self.position + 1..;
        if let Some((_, missing)) = rows.iter().zip(expected).find(|(row, position)| row.position != *position) {
            return Err(ReadError::Hole(missing));
        }
        Ok(rows)
    }

    /// The place, its event known, if the log holds it.
    pub(crate) async fn check(self, reader: &Reader) -> Result<Self, ReadError> {
        if self.position == 0 {
            return Ok(self);
        }
        let rows = in_time(reader.after(self.position - 1, 1)).await?;
        self.compare(rows.first())
    }

    fn compare(self, row: Option<&Recorded>) -> Result<Self, ReadError> {
        match row {
            Some(row) if row.position == self.position && self.mark.is_none_or(|mark| mark == Mark::of(row)) => {
                Ok(Self::of(row))
            }
            _ => Err(ReadError::Diverged(self.position)),
        }
    }
}
