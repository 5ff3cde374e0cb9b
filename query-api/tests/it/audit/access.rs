//! Who may look, and what is on record of it.

use axum::body::Body;
use axum::http::Request;
use domain::user::{InstanceRole, User, UserEvent};

use crate::answer::Answer;
use crate::world::{Person, World};

impl World {
    /// Looks at an event, with headers of these bytes for the reason.
    async fn looks_because(&self, auditor: &Person, reasons: &[&[u8]]) -> Answer {
        let request = Request::get("/v1/audit/events?limit=1");
        let request = request.header("authorization", format!("Bearer {}", auditor.token.text()));
        let request = reasons.iter().fold(request, |request, reason| request.header("audit-reason", *reason));
        self.send(request.body(Body::empty()).unwrap()).await
    }
}

#[tokio::test]
async fn for_who_is_no_auditor_there_is_nothing() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let head = world.head().await;
    let nowhere = world.get(&alice, "/v1/audit/nothing").await.expect_problem(404, "not-found");
    for query in ["", "?limit=x", "?stream=room"] {
        let answer = world.audits(&alice, query).await.expect_problem(404, "not-found");
        assert_eq!(answer.without_request_id(), nowhere.without_request_id());
    }
    assert_eq!(world.head().await, head);
    world.end().await;
}

#[tokio::test]
async fn an_access_is_on_record_before_anything_is_shown() {
    let world = World::new().await;
    let auditor = world.auditor("ada").await;
    for reason in ["", "  "] {
        let answer = world.get_with(&auditor, "/v1/audit/events", &[("audit-reason", reason)]).await;
        answer.expect_problem(400, "audit-reason-required");
    }
    world.get(&auditor, "/v1/audit/events").await.expect_problem(400, "audit-reason-required");
    let long = "x".repeat(1001);
    let answer = world.get_with(&auditor, "/v1/audit/events", &[("audit-reason", &long)]).await;
    answer.expect_problem(400, "invalid-header");
    world.audits(&auditor, "?limit=0").await.expect_problem(400, "invalid-query");
    assert!(world.positions("aggregate_type = 'audit'").await.is_empty());

    let head = world.head().await;
    let page = world.audits(&auditor, "?limit=200").await.expect(200);
    assert_eq!((page.items().len(), page.position()), (usize::try_from(head).unwrap(), head));
    assert_eq!(world.positions("aggregate_type = 'audit'").await, [head + 1]);
    let next = world.audits(&auditor, &format!("?after={head}")).await.expect(200);
    let access = &next.items()[0];
    assert_eq!(access["type"], "audit_accessed");
    assert_eq!(access["stream"], format!("audit-{}", auditor.id));
    assert_eq!(access["payload"]["what"], "/v1/audit/events?limit=200");
    assert_eq!(access["metadata"]["actor_id"], auditor.id.to_string());
    assert!(!next.text.contains("case 17"));
    world.end().await;
}

#[tokio::test]
async fn who_is_no_auditor_any_more_is_not_on_record_as_having_looked() {
    let world = World::new().await;
    let auditor = world.auditor("ada").await;
    let revoked = UserEvent::UserRoleRevoked { role: InstanceRole::Auditor };
    world.append::<User>(&auditor.id.to_string(), vec![revoked], None, None).await;
    let head = world.head().await;
    world.audits(&auditor, "").await.expect_problem(503, "read-model-behind");
    // A row that claims to be fresh and is not.
    world.sql("update read.account set version = 3 where id = $1", auditor.id).await;
    world.catch_up().await;
    world.audits(&auditor, "").await.expect_problem(404, "not-found");
    assert_eq!(world.head().await, head);
    world.end().await;
}

#[tokio::test]
async fn a_reason_is_on_record_in_whichever_way_it_was_sent() {
    let world = World::new().await;
    let auditor = world.auditor("ada").await;
    let (half, joined) = ("x".repeat(499), format!("{0}, {0}", "x".repeat(499)));
    let said: [(&[&[u8]], &str); 6] = [
        (&["Prüfung".as_bytes()], "Prüfung"),
        (&[b"Pr\xfcfung"], "Prüfung"),
        (&[b"one", b"two"], "one, two"),
        (&[b"", b"two", b" "], "two"),
        (&[b"Pr\xfcfung", "№ 7".as_bytes()], "Prüfung, № 7"),
        (&[half.as_bytes(), half.as_bytes()], joined.as_str()),
    ];
    for (reasons, _) in said {
        world.looks_because(&auditor, reasons).await.expect(200);
    }
    world.catch_up().await;
    let looks = world.audits(&auditor, &format!("?stream=audit-{}&open=true", auditor.id)).await.expect(200);
    assert_eq!(looks.each("/opened/reason/open"), said.map(|(_, recorded)| recorded));
    world.end().await;
}

#[tokio::test]
async fn a_reason_that_says_nothing_or_cannot_be_read_is_refused() {
    let world = World::new().await;
    let auditor = world.auditor("ada").await;
    let nothing: [&[&[u8]]; 4] = [&[], &[b"", b" "], &[b"\xa0"], &["\u{3000}".as_bytes()]];
    for reasons in nothing {
        world.looks_because(&auditor, reasons).await.expect_problem(400, "audit-reason-required");
    }
    let half = "x".repeat(500);
    let wrong: [&[&[u8]]; 2] = [&[half.as_bytes(), half.as_bytes()], &[b"a\x85\xfc"]];
    for reasons in wrong {
        world.looks_because(&auditor, reasons).await.expect_problem(400, "invalid-header");
    }
    assert!(world.positions("aggregate_type = 'audit'").await.is_empty());
    world.end().await;
}
