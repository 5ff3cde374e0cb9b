//! Canonical JSON (RFC 8785): the text that is stored, and hashed.

use serde_json::Value;

/// The greatest integer that every reader of JSON takes for itself.
const EXACT: u64 = 1 << 53;

/// The canonical text of `value`.
///
/// What `serde_json` writes of a value is canonical already if its fields stand in order (they do, unless some dependency
/// has it preserve theirs), their names are ASCII (RFC 8785 sorts by UTF-16) and its numbers are integers that a double
/// holds: so of every event of ours. The rest is left to the library, which takes ten times as long.
pub(crate) fn canonical(value: &Value) -> Result<String, serde_json::Error> {
    if is_plain(value) { serde_json::to_string(value) } else { serde_json_canonicalizer::to_string(value) }
}

fn is_plain(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => true,
        Value::Number(number) => number.as_i64().is_some_and(|number| number.unsigned_abs() <= EXACT),
        Value::Array(items) => items.iter().all(is_plain),
        Value::Object(fields) => {
            fields.keys().is_sorted() && fields.iter().all(|(name, field)| name.is_ascii() && is_plain(field))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-9..9_i64).prop_map(Value::from),
            any::<f64>().prop_filter("JSON has no others", |number| number.is_finite()).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[\\x00-\\x7f\u{80}é\u{e000}\u{1f600}]{0,6}".prop_map(Value::from),
        ];
        let names = prop_oneof!["[a-z_\"\\\\\\x00-\\x1f]{0,3}", "[a\u{e000}\u{1f600}]{0,3}"];
        leaf.prop_recursive(3, 24, 5, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
                proptest::collection::btree_map(names.clone(), inner, 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_is_what_the_library_writes(value in values()) {
            prop_assert_eq!(canonical(&value).ok(), serde_json_canonicalizer::to_string(&value).ok());
        }
    }
}
