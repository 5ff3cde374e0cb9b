//! Exports as Parquet.

use std::io::Read;
use std::path::Path;

use api_kit::Micros;
use indicatif::ProgressBar;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Row, RowAccessor};
use parquet::schema::printer::print_schema;
use parquet::schema::types::{Type, TypePtr};
use record::{Check, Differs, Event};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::files::{AT_ONCE, open};
use super::{Unusable, Wrong};
use crate::cli::audit::export::parquet::schema;
use crate::cli::audit::manifest;

/// Reads a file of an export. Its SHA-256, in hex.
pub(super) fn read(
    file: &Path,
    bar: &ProgressBar,
    check: Option<&mut Check>,
) -> Result<Result<String, Wrong>, Unusable> {
    let mut hash = Sha256::new();
    let unreadable = |source| Unusable::Unreadable { file: file.to_owned(), source };
    let (mut bytes, mut source) = (vec![0; AT_ONCE], bar.wrap_read(open(file)?));
    loop {
        match source.read(&mut bytes).map_err(unreadable)? {
            0 => break,
            read => hash.update(&bytes[..read]),
        }
    }
    let no_parquet = |source| Unusable::Parquet { file: file.to_owned(), source };
    let reader = SerializedFileReader::new(open(file)?).map_err(no_parquet)?;
    let (about, name) = (reader.metadata().file_metadata(), manifest::name(file));
    if let Err(wrong) = has_columns(about.schema(), &schema().map_err(no_parquet)?, &name) {
        return Ok(Err(wrong));
    }
    if about.key_value_metadata().is_some_and(|more| !more.is_empty()) {
        return Ok(Err(Wrong::Metadata(name)));
    }
    if let Some(check) = check {
        for row in reader.get_row_iter(None).map_err(no_parquet)? {
            if let Err(differs) = told(&row.map_err(no_parquet)?, check).map_err(no_parquet)? {
                return Ok(Err(differs.into()));
            }
        }
    }
    Ok(Ok(hex::encode(hash.finalize())))
}

/// Refuses other columns than those of an export, or in another order. What is checked is found by its place, and whoever reads the
/// file goes by names: under another name, or beside one more column, it would be something else to them.
fn has_columns(found: &Type, expected: &Type, file: &str) -> Result<(), Wrong> {
    let (found, expected) = (found.get_fields(), expected.get_fields());
    let places = 0..found.len().max(expected.len());
    let Some(at) = places.into_iter().find(|at| found.get(*at) != expected.get(*at)) else { return Ok(()) };
    let [found, expected] = [found, expected].map(|columns| columns.get(at).map_or("none".to_owned(), told_column));
    Err(Wrong::Column { file: file.to_owned(), at: at + 1, found, expected })
}

/// As `docs/auditing.md` has it, in capitals.
fn told_column(column: &TypePtr) -> String {
    let mut text = vec![];
    print_schema(&mut text, column);
    String::from_utf8_lossy(&text).trim().trim_end_matches(';').to_owned()
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

#[cfg(test)]
mod tests {
    use parquet::schema::parser::parse_message_type;

    use super::*;

    /// What is told of three columns where others should be.
    fn told(columns: &[&str]) -> String {
        let parse =
            |columns: &[&str]| parse_message_type(&format!("message event {{ {} }}", columns.join(" "))).unwrap();
        let ours = ["required int64 position;", "required binary payload (json);", "optional binary leaf (string);"];
        has_columns(&parse(columns), &parse(&ours), "1.parquet")
            .map_or_else(|wrong| wrong.to_string(), |()| String::new())
    }

    #[test]
    fn columns_have_their_names_order_and_types_and_there_are_no_others() {
        let (position, payload, leaf) =
            ("required int64 position;", "required binary payload (json);", "optional binary leaf (string);");
        assert_eq!(told(&[position, payload, leaf]), "");
        for (columns, at) in [
            (&[position, "required binary x (json);", leaf, "required binary payload (json);"][..], 2),
            (&[payload, position, leaf], 1),
            (&[position, "optional binary payload (json);", leaf], 2),
            (&[position, "required binary payload (string);", leaf], 2),
            (&["required int32 position;", payload, leaf], 1),
            (&[position, payload], 3),
            (&[position, payload, leaf, "optional binary opened (json);"], 4),
        ] {
            assert!(told(columns).starts_with(&format!("1.parquet: column {at} is `")), "{}", told(columns));
        }
        let renamed = told(&[position, "required binary x (json);", leaf]);
        assert_eq!(
            renamed,
            "1.parquet: column 2 is `REQUIRED BYTE_ARRAY x (JSON)`; in an export it is `REQUIRED BYTE_ARRAY payload (JSON)`"
        );
    }
}
