//! How a field travels to PostgreSQL: as an element of an array, because `unnest` takes arrays apart, or by itself in a
//! row that is copied.

use serde_json::Value;
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

/// PostgreSQL's numbers of types.
const INT8: u32 = 20;
const TEXT: u32 = 25;
const UUID: u32 = 2950;

/// A field of a row.
///
/// `unnest` would take arrays of arrays apart wholly and knows no ragged ones, so columns that are arrays travel as
/// their text, like JSON.
pub(crate) trait Cell {
    /// PostgreSQL's name of the element's type.
    const WIRE: &'static str;
    /// What turns an element into the column's type: empty, or `::type`.
    const CAST: &'static str = "";
    /// The element.
    type Wire<'a>
    where
        Self: 'a;

    fn wire(&self) -> Self::Wire<'_>;

    fn is_null(&self) -> bool {
        false
    }

    /// Adds the field to a row that is copied: the number of its bytes, then these, in PostgreSQL's binary form.
    fn copy(&self, row: &mut Vec<u8>);
}

/// The elements of a column: none if it is null in every row, as `unnest` gives null where an array ends before others do.
/// Columns of the key are never null, so that their arrays tell how many rows there are.
pub(crate) fn column<'a, R, T: Cell + 'a>(rows: &[&'a R], field: impl Fn(&'a R) -> &'a T) -> Vec<T::Wire<'a>> {
    if rows.iter().all(|row| field(row).is_null()) {
        return vec![];
    }
    rows.iter().map(|row| field(row).wire()).collect()
}

macro_rules! plain {
    ($($type:ty: $wire:literal, $bytes:expr;)+) => {$(
        impl Cell for $type {
            const WIRE: &'static str = $wire;
            type Wire<'a> = $type;

            fn wire(&self) -> $type {
                *self
            }

            fn copy(&self, row: &mut Vec<u8>) {
                let bytes: fn($type) -> _ = $bytes;
                copy(&bytes(*self), row);
            }
        }
    )+};
}

plain! {
    Uuid: "uuid", Uuid::into_bytes;
    i64: "int8", i64::to_be_bytes;
    bool: "bool", |is| [u8::from(is)];
    OffsetDateTime: "timestamptz", |at| microseconds(at).to_be_bytes();
}

impl Cell for String {
    const WIRE: &'static str = "text";
    type Wire<'a> = &'a str;

    fn wire(&self) -> &str {
        self
    }

    fn copy(&self, row: &mut Vec<u8>) {
        copy(self.as_bytes(), row);
    }
}

impl Cell for Vec<u8> {
    const WIRE: &'static str = "bytea";
    type Wire<'a> = &'a [u8];

    fn wire(&self) -> &[u8] {
        self
    }

    fn copy(&self, row: &mut Vec<u8>) {
        copy(self, row);
    }
}

impl Cell for Value {
    const WIRE: &'static str = "text";
    const CAST: &'static str = "::json";
    type Wire<'a> = String;

    fn wire(&self) -> String {
        self.to_string()
    }

    fn copy(&self, row: &mut Vec<u8>) {
        copy(self.to_string().as_bytes(), row);
    }
}

impl Cell for Vec<String> {
    const WIRE: &'static str = "text";
    const CAST: &'static str = "::text[]";
    type Wire<'a> = String;

    fn wire(&self) -> String {
        array(self)
    }

    fn copy(&self, row: &mut Vec<u8>) {
        copy_array(self, TEXT, row);
    }
}

impl Cell for Vec<Uuid> {
    const WIRE: &'static str = "text";
    const CAST: &'static str = "::uuid[]";
    type Wire<'a> = String;

    fn wire(&self) -> String {
        array(self)
    }

    fn copy(&self, row: &mut Vec<u8>) {
        copy_array(self, UUID, row);
    }
}

impl Cell for Vec<i64> {
    const WIRE: &'static str = "text";
    const CAST: &'static str = "::bigint[]";
    type Wire<'a> = String;

    fn wire(&self) -> String {
        array(self)
    }

    fn copy(&self, row: &mut Vec<u8>) {
        copy_array(self, INT8, row);
    }
}

impl<T: Cell> Cell for Option<T> {
    const WIRE: &'static str = T::WIRE;
    const CAST: &'static str = T::CAST;
    type Wire<'a>
        = Option<T::Wire<'a>>
    where
        T: 'a;

    fn wire(&self) -> Option<T::Wire<'_>> {
        self.as_ref().map(T::wire)
    }

    fn is_null(&self) -> bool {
        self.is_none()
    }

    fn copy(&self, row: &mut Vec<u8>) {
        match self {
            Some(field) => field.copy(row),
            None => row.extend((-1_i32).to_be_bytes()),
        }
    }
}

fn copy(field: &[u8], row: &mut Vec<u8>) {
    row.extend(length(field.len()));
    row.extend(field);
}

/// A number of bytes or elements. PostgreSQL takes no gigabyte, nor did it give one.
fn length(of: usize) -> [u8; 4] {
    i32::try_from(of).unwrap_or(i32::MAX).to_be_bytes()
}

/// An array of one dimension, which an empty one has not; `of` is the type of its elements.
fn copy_array<T: Cell>(elements: &[T], of: u32, row: &mut Vec<u8>) {
    let mut field = i32::from(!elements.is_empty()).to_be_bytes().to_vec();
    field.extend(0_i32.to_be_bytes()); // no element is null
    field.extend(of.to_be_bytes());
    if !elements.is_empty() {
        field.extend(length(elements.len()));
        field.extend(1_i32.to_be_bytes()); // the number of the first
    }
    for element in elements {
        element.copy(&mut field);
    }
    copy(&field, row);
}

/// As PostgreSQL counts time: from 2000 on, in UTC.
fn microseconds(at: OffsetDateTime) -> i64 {
    const BEGIN: OffsetDateTime = datetime!(2000-01-01 0:00 UTC);
    i64::try_from((at - BEGIN).whole_microseconds()).unwrap_or(i64::MAX)
}

/// An array in PostgreSQL's text form.
fn array<T: ToString>(elements: &[T]) -> String {
    let quoted: Vec<_> = elements
        .iter()
        .map(|element| format!("\"{}\"", element.to_string().replace('\\', "\\\\").replace('"', "\\\"")))
        .collect();
    format!("{{{}}}", quoted.join(","))
}

#[cfg(test)]
mod tests {
    use super::{array, column};

    #[test]
    fn a_column_that_is_null_in_every_row_has_no_elements() {
        let rows = [&Some(1_i64), &None, &Some(2)];
        assert_eq!(column(&rows, |row| row), [Some(1), None, Some(2)]);
        assert!(column(&rows[1..2], |row| row).is_empty());
        assert_eq!(column(&[&false, &false], |row| row), [false, false]);
    }

    #[test]
    fn an_array_s_text_quotes_what_would_end_an_element() {
        assert_eq!(array::<String>(&[]), "{}");
        assert_eq!(array(&["a,b", "c\"d", "e\\f"]), r#"{"a,b","c\"d","e\\f"}"#);
    }
}
