//! Why somebody was banned ends with what was written that month.

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use super::{app, ended, keeps, later, purged};
use crate::erasures::PURGE_LOCK;

#[tokio::test]
async fn a_reason_is_shown_no_more_once_its_month_ended_purged_or_not() {
    let app = app().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.bans(&room, &bob, json!({"reason": "in January"})).await.expect(204);
    keeps(&alice, &room, "P30D").await;
    later(&app, 40);
    alice.bans(&room, &carol, json!({"reason": "in February"})).await.expect(204);
    let reasons = async || {
        let list = alice.get(&room.path("/bans")).await.expect(200);
        list.items().iter().map(|ban| ban["reason"].clone()).collect::<Vec<_>>()
    };
    let kept = async || {
        let kept = "select ban_reason from read.membership where ban_reason is not null order by 1";
        sqlx::query_scalar::<_, String>(kept).fetch_all(&app.pool).await.unwrap()
    };
    app.settled().await;
    assert_eq!(reasons().await, [json!("in January"), json!("in February")]);

    let mut holder = PgConnection::connect(&app.setup.superuser_url).await.unwrap();
    sqlx::query("select pg_advisory_lock($1)").bind(PURGE_LOCK).execute(&mut holder).await.unwrap();
    later(&app, 12);
    ended(&app, &room, 1).await;
    assert_eq!(kept().await, ["in February", "in January"], "nobody purges");
    assert_eq!(reasons().await, [Value::Null, json!("in February")]);
    holder.close().await.unwrap();
    purged(&app, &room).await;
    assert_eq!(kept().await, ["in February"]);
    assert_eq!(reasons().await, [Value::Null, json!("in February")]);
}
