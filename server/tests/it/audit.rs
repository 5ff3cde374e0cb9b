//! Auditors and their exports.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{Person, TestApp};

/// Asks for events, with a reason.
pub(crate) async fn audits(auditor: &Person, query: &str, accept: &str) -> crate::harness::Answer {
    let request = auditor.request("GET", &format!("/v1/audit/events{query}")).header("accept", accept);
    request.header("audit-reason", "case 17").send().await
}

/// Somebody with the role.
pub(crate) async fn auditor(app: &TestApp) -> Person {
    let ada = app.registers("ada").await;
    let granted = app.setup.command(["admin", "grant-role", &ada.email, "auditor"]).await;
    assert!(granted.status.success(), "{granted:?}");
    ada
}

#[tokio::test]
async fn an_export_is_the_whole_log_and_enough_to_hash_it_again() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    for text in ["one", "two \u{1f980} \u{7}\"\\", "three"] {
        alice.sends(&room, text).await;
    }
    let head = app.head().await;
    let export = audits(&ada, "", "application/x-ndjson").await.expect(200);
    assert_eq!(export.position(), Some(head));
    let events: Vec<Value> = export.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let stored: Vec<(i64, String, String)> = sqlx::query_as(
        "select position, payload::text, metadata::text from log.events where position <= $1 order by 1",
    )
    .bind(head)
    .fetch_all(&app.pool)
    .await
    .unwrap();
    assert_eq!(events.len(), stored.len());
    for (event, (position, payload, metadata)) in events.iter().zip(stored) {
        assert_eq!(event["position"], position);
        for (field, text) in [("payload", payload), ("metadata", metadata)] {
            let canonical = serde_json_canonicalizer::to_string(&event[field]).unwrap();
            assert_eq!(Sha256::digest(&canonical), Sha256::digest(&text), "{canonical}");
        }
    }
    assert!(!export.text.contains("alice@example.org") && !export.text.contains("three"));

    let batch = audits(&ada, &format!("?until={head}"), "application/cloudevents-batch+json").await.expect(200);
    let ids = |events: &[Value], name: &str| events.iter().map(|event| event[name].clone()).collect::<Vec<_>>();
    assert_eq!(ids(batch.body.as_array().unwrap(), "id"), ids(&events, "event_id"));
}

#[tokio::test]
async fn what_an_auditor_does_is_itself_on_record() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    alice.sends(&room, "between us").await;
    alice.request("GET", "/v1/audit/events").header("audit-reason", "curious").send().await.expect(404);
    ada.request("GET", "/v1/audit/events").send().await.expect_problem(400, "audit-reason-required");

    let query = format!("?room={}&type=message_sent&open=true", room.0);
    let page = audits(&ada, &query, "application/json").await.expect(200);
    assert_eq!(page.items().len(), 1);
    assert_eq!(page.items()[0]["opened"]["content"]["open"]["text"], "between us");
    let accesses = audits(&ada, &format!("?stream=audit-{}&open=true", ada.id), "application/json").await.expect(200);
    let access = &accesses.items()[0];
    assert_eq!((&access["type"], &access["sequence"]), (&json!("audit_accessed"), &json!(1)));
    assert_eq!(access["opened"]["reason"]["open"], "case 17");
    assert_eq!(access["payload"]["what"], format!("/v1/audit/events{query}"));
    assert_eq!(access["metadata"]["actor_id"], ada.id.to_string());
}

#[tokio::test]
async fn auditors_see_what_the_others_looked_at_and_why() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let eve = app.registers("eve").await;
    let granted = app.setup.command(["admin", "grant-role", &eve.email, "auditor"]).await;
    assert!(granted.status.success(), "{granted:?}");
    for (looks, other) in [(&ada, &eve), (&eve, &ada)] {
        let query = format!("/v1/audit/events?stream=user-{}", other.id);
        looks.request("GET", &query).header("audit-reason", format!("of {}", other.email)).send().await.expect(200);
        // By whom, and by what happened.
        for filter in [format!("actor={}", looks.id), "type=audit_accessed".to_owned()] {
            let page = audits(other, &format!("?{filter}&limit=200&open=true"), "application/json").await.expect(200);
            let theirs = |event: &&Value| event["payload"]["what"] == *query;
            let access = page.items().iter().find(theirs).unwrap_or_else(|| panic!("{filter}: {}", page.text));
            assert_eq!(access["type"], "audit_accessed");
            assert_eq!(access["metadata"]["actor_id"], looks.id.to_string());
            assert_eq!(access["opened"]["reason"]["open"], format!("of {}", other.email));
        }
    }
}

#[tokio::test]
async fn ids_in_filters_are_written_as_in_a_path() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (head, json) = (app.head().await, "application/json");
    for filter in ["actor=", "room=", "stream=user-", "stream=membership-x:"] {
        for id in [
            ada.id.to_string().to_uppercase(),
            ada.id.simple().to_string(),
            ada.id.braced().to_string(),
            ada.id.urn().to_string(),
        ] {
            audits(&ada, &format!("?{filter}{id}"), json).await.expect_problem(400, "invalid-query");
        }
    }
    audits(&ada, "?actor=nonsense", json).await.expect_problem(400, "invalid-query");
    assert_eq!(app.head().await, head, "what is refused is no access");
    assert!(!audits(&ada, &format!("?stream=user-{}", ada.id), json).await.expect(200).items().is_empty());
    for stream in
        ["holds-all".to_owned(), format!("membership-{}:{}", ada.id, ada.id), format!("blob-{}", "0".repeat(64))]
    {
        assert!(audits(&ada, &format!("?stream={stream}"), json).await.expect(200).items().is_empty());
    }
}

#[tokio::test]
async fn an_id_that_comes_encoded_is_found_in_the_record() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (_, room) = app.member_of_a_room("alice").await;
    app.settled().await;
    let encoded = room.0.to_string().bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
    let path = format!("/v1/audit/rooms/{encoded}?as%5Fof=%31");
    ada.request("GET", &path).header("audit-reason", "case 17").send().await;
    audits(&ada, &format!("?r%6Fom={encoded}"), "application/json").await.expect(200);
    let looks = "select payload->>'what' from log.events where event_type = 'audit_accessed' order by position";
    let looks: Vec<String> = sqlx::query_scalar(looks).fetch_all(&app.pool).await.unwrap();
    let id = room.0;
    assert_eq!(looks, [format!("/v1/audit/rooms/{id}?as_of=1"), format!("/v1/audit/events?room={id}")]);
}

#[tokio::test]
async fn filters_are_on_record_without_words() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let what = async || -> String {
        let what = "select payload->>'what' from log.events where position = (select position from log.head)";
        sqlx::query_scalar(what).fetch_one(&app.pool).await.unwrap()
    };
    audits(&ada, "?type=bob@example.org&stream=invite-AZCgAAAAcACAAAAAAAAAAQ&limit=5", "application/json")
        .await
        .expect(200);
    assert_eq!(what().await, "/v1/audit/events?type=*&stream=invite-*&limit=5");
    let path = format!("/v1/audit/rooms/{}/messages?before=AWJvYg", ada.id);
    ada.request("GET", &path).header("audit-reason", "case 17").send().await;
    let kept: i64 = sqlx::query_scalar("select count(*) from log.events where strpos(payload::text, 'AWJvYg') > 0")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert_eq!(kept, 0, "a cursor may be anything");
    let arguments = ["audit", "export", "--reason=case 17", "--type=bob@example.org", "--limit=5", "--stream=bob-x"];
    let exported = app.setup.command(arguments).await;
    assert!(exported.status.success(), "{exported:?}");
    let filter = json!({"limit": 5, "stream": "*", "type": "*"});
    assert_eq!(what().await, format!("hansard audit export as ndjson, {filter}"));
}
