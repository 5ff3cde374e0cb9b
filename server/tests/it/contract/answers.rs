//! What answers look like, whatever was asked: ids, times, versions, and the request's own id.

use serde_json::{Value, json};
use uuid::Uuid;

use super::rows;
use super::scene::People;
use crate::harness::TestApp;

/// Fails unless every id and time in an answer is written as the contract says.
fn is_well_written(row: &str, answer: &Value) {
    match answer {
        Value::Array(items) => items.iter().for_each(|item| is_well_written(row, item)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(text) if name == "id" || name.ends_with("_id") => {
                        let id: Uuid = text.parse().unwrap_or_else(|_| panic!("{row}: {name} {text}"));
                        assert!(
                            id.to_string() == text && [7, 8].contains(&id.get_version_num()),
                            "{row}: {name} {text}"
                        );
                    }
                    Some(text) if name.ends_with("_at") || name.ends_with("until") => {
                        let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
                        assert_eq!(shape, "0000-00-00T00:00:00.000Z", "{row}: {name} {text}");
                    }
                    Some(_) | None => is_well_written(row, value),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn ids_times_and_versions_are_written_in_one_way() {
    let app = TestApp::without_nats().await;
    let scene = People::of(&app).await.any_scene().await;
    let (alice, room) = (&scene.asks, &scene.room);
    alice.put(&format!("/v1/users/me/blocks/{}", scene.carol.id), json!({})).await.expect(204);
    let muted = json!({"muted_until": "2100-01-01T01:00:00.123456+01:00"});
    alice.patch(&room.path("/membership"), muted).await.expect(200);
    let ban = json!({"until": "2100-01-01T00:00:00Z"});
    alice.bans(room, &scene.carol, ban).await.expect(204);
    alice.invites(room, json!({"expires_at": "2100-01-01T00:00:00.5Z"})).await;
    alice.patch(&room.message(&scene.message, ""), json!({"text": "hello, all"})).await.expect(200);
    alice.put(&format!("/v1/users/{}/roles/auditor", scene.bob.id), json!({})).await.expect(202);
    app.settled().await;
    let mut versions = vec![];
    for row in rows().iter().filter(|row| row.is_query()) {
        let answer = scene.asked(alice, row).await;
        assert_eq!(answer.status, 200, "{}: {}", row.name, answer.text);
        is_well_written(&row.name, &answer.body);
        if let Some(version) = answer.body["version"].as_i64() {
            assert_eq!(answer.header("etag"), Some(&*format!("\"v{version}\"")), "{}", row.name);
            versions.push(row.name.clone());
        }
    }
    versions.sort();
    assert_eq!(
        versions,
        ["GetAccount", "GetMember", "GetMembership", "GetMessage", "GetOwnAccount", "GetRole", "GetRoom"]
    );
}

#[tokio::test]
async fn a_request_has_an_id_that_its_events_remember() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let path = room.path("/messages");
    let send = async |id: &str| {
        let request = alice.request("POST", &path).header("x-request-id", id).json(&json!({"text": "hello"}));
        let sent = request.send().await.expect(201);
        let correlation = "select metadata->>'correlation_id' from log.events where position = $1";
        let correlation: Option<String> =
            sqlx::query_scalar(correlation).bind(sent.position()).fetch_one(&app.pool).await.unwrap();
        (sent.header("x-request-id").unwrap().to_owned(), correlation)
    };
    let id = "0195501c-1e00-7000-8000-000000000001";
    assert_eq!(send(id).await, (id.to_owned(), Some(id.to_owned())));
    assert_eq!(send("deploy-7").await, ("deploy-7".to_owned(), None));
    for other in ["", "two words", &"x".repeat(129)] {
        let (made, correlation) = send(other).await;
        assert!(made.parse::<Uuid>().is_ok() && correlation == Some(made), "{other}");
    }
    let refused = app.request("GET", "/v1/nothing").header("x-request-id", "deploy-8").send().await;
    let refused = refused.expect_problem(404, "not-found");
    assert_eq!((refused.header("x-request-id"), &refused.body["request_id"]), (Some("deploy-8"), &json!("deploy-8")));
    let fields: Vec<_> = refused.body.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["detail", "request_id", "status", "title", "type"]);
    assert_eq!(refused.header("content-type"), Some("application/problem+json"));
}
