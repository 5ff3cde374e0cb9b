//! What the first release left behind, as this code has it: a log with its keys, stored beside this file.
//!
//! Golden events are read one by one; here they are streams that commands rest on, and a history that queries are
//! answered from. What is stored is never edited, and its hashes are listed beside it: where all of it is absent it is
//! written by today's code, is of no release any more, and has no list.

mod accounts;
mod answers;
mod calls;
mod files;
mod messages;
mod record;
mod rooms;
mod stored;
mod story;
mod types;

use std::collections::BTreeMap;

use stored::Told;

use crate::erasures::verified;
use crate::harness::person::PASSWORD;
use crate::harness::{Person, Room};

#[tokio::test]
async fn a_log_of_the_first_release_is_replayed_by_this_one() {
    if !stored::is_there() {
        write().await;
        panic!("{} was absent and is written: look at it, and commit it", stored::FOLDER);
    }
    let was = stored::read();
    let database = stored::restored(&was).await;
    let app = stored::served(&database).await;
    app.settled().await;
    types::all_are_there(&app.pool).await;

    let (mut people, mut changed) = (vec![], vec![]);
    for (id, told) in &was.people {
        let person = Person::signs_in(&app.url, &told.email, PASSWORD).await;
        assert_eq!(person.id, *id, "{}", told.email);
        for (path, answer) in &told.answers {
            let at = format!("{path} as {}: ", told.email);
            changed.extend(answers::changes(&at, answer, &answers::asked(&person, path).await));
        }
        people.push(person);
    }
    assert!(changed.is_empty(), "{changed:#?}");

    // Commands rest on what was stored as queries do.
    for person in &people {
        writes_everywhere(person).await;
    }
    app.settled().await;
    let parked: i64 = sqlx::query_scalar("select count(*) from projection.parked").fetch_one(&app.pool).await.unwrap();
    assert_eq!(parked, 0);
    verified(&app.setup).await;
    app.stop().await.unwrap();
}

/// Writes in each room of theirs.
async fn writes_everywhere(person: &Person) {
    let rooms = person.get("/v1/rooms").await.expect(200);
    for room in rooms.items() {
        let room = Room(room["id"].as_str().unwrap().parse().unwrap());
        person.sends(&room, "still here").await;
    }
}

/// Has the story happen, asks its people what they see, and stores all of it.
async fn write() {
    let app = story::setup().await.start().await;
    let story = story::told(&app).await;
    let mut people = BTreeMap::new();
    for person in story.people() {
        let mut told = Told { email: person.email.clone(), answers: BTreeMap::new() };
        for path in story.asks(person) {
            told.answers.insert(path.clone(), answers::asked(person, path).await);
        }
        people.insert(person.id, told);
    }
    app.settled().await;
    types::all_are_there(&app.pool).await;
    stored::write(&app, people).await;
    app.stop().await.unwrap();
}
