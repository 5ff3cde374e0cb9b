//! Imports: a fixture of every kind of fact, a source that is imported twice or interrupted, and the real export where it is there.

mod channels;
mod damaged;
pub(crate) mod files;
mod fixture;
mod interrupted;
mod marked;
mod mattermost;
mod real;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::cli::piped;
use crate::harness::{Person, TestApp, person};

/// Runs `hansard import`; what it printed.
pub(crate) async fn import(app: &TestApp, arguments: &[&str]) -> String {
    let mut all = vec!["import"];
    all.extend(arguments);
    let output = app.setup.command(all).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Signs in somebody whom an import made, once the operator has set their password.
async fn signs_in(app: &TestApp, email: &str) -> Person {
    let set = piped(&app.setup, &["admin", "set-password", email], person::PASSWORD).await;
    assert!(set.status.success(), "{set:?}");
    Person::signs_in(&app.url, email, person::PASSWORD).await
}

/// What the log tells of somebody after a position, as types of events.
async fn told_of(app: &TestApp, person: &Person, position: i64) -> Vec<String> {
    let told = "select event_type from log.events where position > $1 \
                and (aggregate_id like $2 or payload::text like $2 or metadata::text like $2) order by position";
    let told = sqlx::query_scalar(told).bind(position).bind(format!("%{}%", person.id));
    told.fetch_all(&app.pool).await.unwrap()
}

/// All public rooms.
async fn rooms(person: &Person) -> Vec<Value> {
    let page = person.get("/v1/rooms/public?limit=200").await.expect(200);
    page.items().to_vec()
}

/// What the members of a room are called, as one of them sees it.
async fn member_names(person: &Person, room: &str) -> BTreeSet<String> {
    let page = person.get(&format!("/v1/rooms/{room}/members?limit=200")).await.expect(200);
    page.items().iter().map(|member| member["display_name"].as_str().unwrap().to_owned()).collect()
}

/// What was said in a room, oldest first: without the notices between.
async fn messages(person: &Person, room: &str) -> Vec<Value> {
    let mut all = timeline(person, room).await;
    all.retain(|item| item["type"] == "message");
    all
}

/// All that a room's timeline tells, oldest first.
async fn timeline(person: &Person, room: &str) -> Vec<Value> {
    let mut all = Vec::new();
    let mut path = format!("/v1/rooms/{room}/messages?limit=200");
    loop {
        let page = person.get(&path).await.expect(200);
        all.splice(0..0, page.items().iter().cloned());
        let Some(before) = page.body["before"].as_str() else { return all };
        path = format!("/v1/rooms/{room}/messages?limit=200&before={before}");
    }
}
