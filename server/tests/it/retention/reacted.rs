//! What people reacted with in a secret room ends with the message, which stays as long as that is held.

use serde_json::json;

use super::{app, auditor, comes_to, keeps, later, reacts};

#[tokio::test]
async fn a_secret_message_stays_as_long_as_what_somebody_reacted_with_is_held() {
    let app = app().await;
    let ada = auditor(&app).await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = alice.confides_in(&bob).await;
    let (first, second) = (alice.sends(&room, "first").await, alice.sends(&room, "second").await);
    reacts(&bob, &room, &first, "👍").await;
    reacts(&alice, &room, &second, "👍").await;
    let hold = format!("/v1/audit/holds/{}", app.setup.context.new_id());
    let body = json!({"user_id": bob.id, "reason": "preserve"});
    ada.request("PUT", &hold).header("audit-reason", "case 9").json(&body).send().await.expect(201);
    keeps(&bob, &room, "P2D").await;
    later(&app, 3);
    let gone = "select count(*) from keys.key where name like 'reaction/%' and wrapped is null and labels[3] = $1";
    comes_to(&app, gone, &room, 1).await;
    assert_eq!(bob.reads(&room).await, ["first", ""]);

    ada.request("DELETE", &hold).header("audit-reason", "settled").send().await.expect(204);
    comes_to(&app, gone, &room, 2).await;
    assert_eq!(bob.reads(&room).await, ["", ""]);
}
