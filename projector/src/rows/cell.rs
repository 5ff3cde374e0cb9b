//! How a field travels to PostgreSQL: as an element of an array, because `unnest` takes arrays apart.

use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

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
}

macro_rules! plain {
    ($($type:ty: $wire:literal,)+) => {$(
        impl Cell for $type {
            const WIRE: &'static str = $wire;
            type Wire<'a> = $type;

            fn wire(&self) -> $type {
                *self
            }
        }
    )+};
}

plain! {
    Uuid: "uuid",
    i64: "int8",
    bool: "bool",
    OffsetDateTime: "timestamptz",
}

impl Cell for String {
    const WIRE: &'static str = "text";
    type Wire<'a> = &'a str;

    fn wire(&self) -> &str {
        self
    }
}

impl Cell for Vec<u8> {
    const WIRE: &'static str = "bytea";
    type Wire<'a> = &'a [u8];

    fn wire(&self) -> &[u8] {
        self
    }
}

impl Cell for Value {
    const WIRE: &'static str = "text";
    const CAST: &'static str = "::json";
    type Wire<'a> = String;

    fn wire(&self) -> String {
        self.to_string()
    }
}

impl Cell for Vec<String> {
    const WIRE: &'static str = "text";
    const CAST: &'static str = "::text[]";
    type Wire<'a> = String;

    fn wire(&self) -> String {
        array(self)
    }
}

impl Cell for Vec<Uuid> {
    const WIRE: &'static str = "text";
    const CAST: &'static str = "::uuid[]";
    type Wire<'a> = String;

    fn wire(&self) -> String {
        array(self)
    }
}

impl Cell for Vec<i64> {
    const WIRE: &'static str = "text";
    const CAST: &'static str = "::bigint[]";
    type Wire<'a> = String;

    fn wire(&self) -> String {
        array(self)
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
    use super::array;

    #[test]
    fn an_array_s_text_quotes_what_would_end_an_element() {
        assert_eq!(array::<String>(&[]), "{}");
        assert_eq!(array(&["a,b", "c\"d", "e\\f"]), r#"{"a,b","c\"d","e\\f"}"#);
    }
}
