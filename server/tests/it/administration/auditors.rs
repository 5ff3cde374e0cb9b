//! Auditors: made by two administrators, one after the other.

use serde_json::{Value, json};
use time::Duration;

use super::of;
use crate::erasures::erases;
use crate::harness::{Answer, Person, Setup, TestApp};

async fn reads_the_record(person: &Person) -> Answer {
    person.request("GET", "/v1/audit/events").header("audit-reason", "a look").send().await
}

#[tokio::test]
async fn one_administrator_proposes_and_another_confirms() {
    let app = TestApp::without_nats().await;
    let (admin, other, bob) =
        (app.administrator("admin").await, app.administrator("other").await, app.registers("bob").await);
    let path = of(&bob, "roles/auditor");
    let proposed = admin.request("PUT", &path).header("idempotency-key", "first").send().await.expect(202);
    let again = admin.request("PUT", &path).header("idempotency-key", "first").send().await.expect(202);
    assert_eq!((again.position(), again.header("idempotent-replayed")), (proposed.position(), Some("true")));
    let head = app.head().await;
    admin.put(&path, json!({})).await.expect(202);
    assert_eq!(app.head().await, head, "one's word twice is one's word");
    app.settled().await;
    reads_the_record(&bob).await.expect_problem(404, "not-found");
    let waiting = other.get(&format!("/v1/users/{}", bob.id)).await.expect(200).body;
    assert_eq!(waiting["administration"]["auditor_proposed"]["by"], admin.id.to_string());

    other.put(&path, json!({})).await.expect(204);
    reads_the_record(&bob).await.expect(200);
    admin.put(&path, json!({})).await.expect(204);
    admin.delete(&path).await.expect(204);
    reads_the_record(&bob).await.expect_problem(404, "not-found");

    // Of who is erased nothing is proposed any more.
    admin.put(&path, json!({})).await.expect(202);
    erases(&bob).await.expect(200);
    app.settled().await;
    let gone = other.get(&format!("/v1/users/{}", bob.id)).await.expect(200).body;
    assert_eq!(gone["administration"]["auditor_proposed"], Value::Null, "{gone}");
}

#[tokio::test]
async fn a_proposal_that_was_withdrawn_or_whose_maker_is_none_any_more_is_not_confirmed() {
    let app = TestApp::without_nats().await;
    let (admin, other, bob) =
        (app.administrator("admin").await, app.administrator("other").await, app.registers("bob").await);
    let path = of(&bob, "roles/auditor");
    admin.put(&path, json!({})).await.expect(202);
    other.delete(&path).await.expect(204);
    other.put(&path, json!({})).await.expect(202);
    admin.delete(&of(&other, "roles/admin")).await.expect(204);
    admin.put(&path, json!({})).await.expect(202);
    assert_eq!(bob.get("/v1/users/me").await.expect(200).body["roles"], json!([]));
}

#[tokio::test]
async fn a_proposal_waits_for_a_day() {
    let app = Setup::without_nats().await.with_clock().start().await;
    let (admin, other, bob) =
        (app.administrator("admin").await, app.administrator("other").await, app.registers("bob").await);
    let path = of(&bob, "roles/auditor");
    let proposed_by = async || {
        let shown = admin.get(&format!("/v1/users/{}", bob.id)).await.expect(200).body;
        shown["administration"]["auditor_proposed"]["by"].clone()
    };
    let later = |time: Duration| app.setup.context.advance(time);
    admin.put(&path, json!({})).await.expect(202);
    assert_eq!(proposed_by().await, json!(admin.id));
    later(Duration::DAY);
    assert_eq!(proposed_by().await, Value::Null);
    // It is not confirmed any more, but proposed anew.
    other.put(&path, json!({})).await.expect(202);
    app.settled().await;
    assert_eq!(proposed_by().await, json!(other.id));
    later(Duration::DAY - Duration::SECOND);
    admin.put(&path, json!({})).await.expect(204);
    assert_eq!(bob.get("/v1/users/me").await.expect(200).body["roles"], json!(["auditor"]));
}

/// Two administrators are two accounts: who has both is found by what is on record.
#[tokio::test]
async fn each_step_by_which_somebody_became_an_auditor_is_on_record_with_who_took_it() {
    let app = TestApp::without_nats().await;
    let (admin, second, third) =
        (app.administrator("admin").await, app.registers("second").await, app.registers("third").await);
    admin.put(&of(&second, "roles/admin"), json!({})).await.expect(204);
    admin.put(&of(&third, "roles/auditor"), json!({})).await.expect(202);
    second.put(&of(&third, "roles/auditor"), json!({})).await.expect(204);
    app.settled().await;
    let found = async |kind: &str| {
        let path = format!("/v1/audit/events?type={kind}");
        let page = third.request("GET", &path).header("audit-reason", "who made whom").send().await.expect(200);
        let step = |event: &Value| json!([event["metadata"]["actor_id"], event["stream"], event["payload"]["role"]]);
        page.items().iter().map(step).collect::<Vec<_>>()
    };
    let step = |by: &Person, of: &Person, role: &str| json!([by.id, format!("user-{}", of.id), role]);
    let granted = found("user_role_granted").await;
    assert!(granted.contains(&step(&admin, &second, "admin")), "{granted:?}");
    assert!(granted.contains(&step(&second, &third, "auditor")), "{granted:?}");
    assert_eq!(found("user_role_proposed").await, [step(&admin, &third, "auditor")]);
}
