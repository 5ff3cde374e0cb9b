//! Why somebody was suspended is of two people, and is held with either.

use serde_json::json;

use super::{auditor, held, lifts};
use crate::administration::of;
use crate::erasures::erases;
use crate::harness::person::PASSWORD;
use crate::harness::{Person, TestApp};

#[tokio::test]
async fn why_somebody_was_suspended_is_held_with_who_said_so_and_with_whom_it_is_said_of() {
    let app = TestApp::without_nats().await;
    let ada = auditor(&app).await;
    let (admin, _other) = (app.administrator("admin").await, app.administrator("other").await);
    let room = admin.creates_room("of admins").await;
    let mut suspended = vec![];
    for (name, body) in [("bob", json!({"reason": "spam"})), ("carol", json!({"reason": "spam"})), ("dan", json!({}))] {
        let person = app.registers(name).await;
        admin.put(&of(&person, "suspension"), body).await.expect(204);
        admin.delete(&of(&person, "suspension")).await.expect(204);
        suspended.push(Person::signs_in(&app.url, &person.email, PASSWORD).await);
    }
    let [bob, carol, dan] = &*suspended else { panic!("three were suspended") };

    let hers = held(&app, &ada, json!({"user_id": admin.id})).await;
    erases(bob).await.expect_problem(409, "legal-hold");
    erases(dan).await.expect(200);
    lifts(&ada, hers).await.expect(204);
    // It is in no room.
    let there = held(&app, &ada, json!({"user_id": admin.id, "room_id": room.0})).await;
    erases(bob).await.expect(200);
    lifts(&ada, there).await.expect(204);

    let of_carol = held(&app, &ada, json!({"user_id": carol.id})).await;
    erases(&admin).await.expect_problem(409, "legal-hold");
    lifts(&ada, of_carol).await.expect(204);
    erases(&admin).await.expect(200);
}
