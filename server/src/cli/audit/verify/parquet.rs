//! Exports as Parquet.

use std::io::Read;
use std::path::Path;

use api_kit::Micros;
use indicatif::ProgressBar;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Row, RowAccessor};
use record::{Check, Differs, Event};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::Unusable;
use super::files::{AT_ONCE, open};

/// Reads a file of an export. Its SHA-256, in hex.
pub(super) fn read(
    file: &Path,
    bar: &ProgressBar,
    check: Option<&mut Check>,
) -> Result<Result<String, Differs>, Unusable> {
    let mut hash = Sha256::new();
    let unreadable = |source| Unusable::Unreadable { file: file.to_owned(), source };
    let (mut bytes, mut source) = (vec![0; AT_ONCE], bar.wrap_read(open(file)?));
    loop {
        match source.read(&mut bytes).map_err(unreadable)? {
            0 => break,
            read => hash.update(&bytes[..read]),
        }
    }
    if let Some(check) = check {
        let no_parquet = |source| Unusable::Parquet { file: file.to_owned(), source };
        let reader = SerializedFileReader::new(open(file)?).map_err(no_parquet)?;
        for row in reader.get_row_iter(None).map_err(no_parquet)? {
            if let Err(differs) = told(&row.map_err(no_parquet)?, check).map_err(no_parquet)? {
                return Ok(Err(differs));
            }
        }
    }
    Ok(Ok(hex::encode(hash.finalize())))
}

/// Has an event checked; columns are in the order of the schema.
fn told(row: &Row, check: &mut Check) -> Result<Result<(), Differs>, ParquetError> {
    let recorded_at = i128::from(row.get_timestamp_micros(6)?) * 1000;
    let recorded_at = OffsetDateTime::from_unix_timestamp_nanos(recorded_at);
    let recorded_at = recorded_at.map_err(|error| ParquetError::General(error.to_string()))?;
    let event = Event {
        position: row.get_long(0)?,
        event_id: row.get_string(1)?,
        stream: row.get_string(2)?,
        sequence: row.get_long(3)?,
        r#type: row.get_string(4)?,
        version: row.get_string(5)?,
        recorded_at: &Micros(recorded_at).to_string(),
        payload: row.get_string(7)?,
        metadata: row.get_string(8)?,
        leaf: row.get_string(9).ok().map(String::as_str),
        opened: row.get_string(10).is_ok(),
    };
    Ok(check.event(&event))
}
