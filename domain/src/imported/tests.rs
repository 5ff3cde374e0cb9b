//! Origins.

use serde_json::json;

use super::*;
use crate::facts::{ALICE, from_slack, slack};

#[test]
fn what_the_source_tells_besides_is_sealed_with_the_fact_s_key() {
    let key = KeyName::user(ALICE);
    assert_eq!(slack().seal(&key), Ok(from_slack(key)));
}

#[test]
fn nothing_besides_is_nothing_sealed() {
    for rest in [None, Some(Value::Null)] {
        let sealed = Origin { rest, ..slack() }.seal(&KeyName::user(ALICE)).unwrap();
        assert_eq!(sealed.rest, None);
        assert_eq!(serde_json::to_value(sealed).unwrap(), json!({"source": "slack", "source_id": "C1/1.0"}));
    }
}

#[test]
fn it_holds_no_nul() {
    let nul = Origin { rest: Some(json!(["\0"])), ..slack() };
    let refusal = Refusal::invalid("/imported", "holds the character U+0000");
    assert_eq!(nul.seal(&KeyName::user(ALICE)), Err(refusal));
}
