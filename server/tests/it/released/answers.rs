//! What people are answered, and what of it is not as it was.

use serde_json::{Value, json};

use crate::harness::Person;

/// What somebody is answered who asks for a path, but for how far the log goes by then; of a refusal, which it is.
pub(super) async fn asked(person: &Person, path: &str) -> Value {
    let answer = if path.starts_with("/v1/audit/") {
        person.request("GET", path).header("audit-reason", "case 12").patiently().await
    } else {
        person.get(path).await
    };
    let mut body = answer.body;
    if answer.status != 200 {
        return json!({"status": answer.status, "type": body["type"]});
    }
    if let Some(fields) = body.as_object_mut() {
        fields.remove("as_of");
    }
    body
}

/// What is not as it was, each with its place below `at`: fields may have come, nothing else. In a provenance they are
/// told as a list, by name.
pub(super) fn changes(at: &str, was: &Value, is: &Value) -> Vec<String> {
    if let (Value::Object(was), Value::Object(is)) = (was, is) {
        let field = |(name, was): (&String, &Value)| {
            let at = format!("{at}/{name}");
            is.get(name).map_or_else(|| vec![format!("{at} is gone")], |is| changes(&at, was, is))
        };
        return was.iter().flat_map(field).collect();
    }
    if let (Value::Array(was), Value::Array(is)) = (was, is) {
        let came = |item: &&Value| {
            item.get("field").is_some_and(|name| was.iter().all(|item| item.get("field") != Some(name)))
        };
        let is: Vec<_> = is.iter().filter(|item| !came(item)).collect();
        if was.len() == is.len() {
            let items = was.iter().zip(is).enumerate();
            return items.flat_map(|(index, (was, is))| changes(&format!("{at}/{index}"), was, is)).collect();
        }
    }
    if was == is { vec![] } else { vec![format!("{at} was {was} and is {is}")] }
}

#[test]
fn fields_may_have_come_and_nothing_else() {
    let was = json!({"id": 1, "items": [{"name": null}, {"name": "b"}]});
    let more = json!({"id": 1, "new": 2, "items": [{"name": null, "new": 3}, {"name": "b"}]});
    assert_eq!(changes("", &was, &more), [""; 0]);
    let (traced, came) = (json!([{"field": "text"}]), json!([{"field": "text"}, {"field": "version"}]));
    assert_eq!(changes("", &traced, &came), [""; 0]);
    assert_eq!(changes("", &came, &traced).len(), 1);
    assert_eq!(changes("", &traced, &json!([{"field": "text"}, {"field": "text"}])).len(), 1);
    let gone = json!({"id": 1, "items": [{}, {"name": "c"}]});
    assert_eq!(changes("", &was, &gone), ["/items/0/name is gone", "/items/1/name was \"b\" and is \"c\""]);
    let fewer = json!({"id": "1", "items": []});
    assert_eq!(changes("", &was, &fewer).len(), 2);
}
