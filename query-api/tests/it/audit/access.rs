//! Who may look, and what is on record of it.

use domain::user::{InstanceRole, User, UserEvent};

use crate::world::World;

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
