//! Pages while people talk.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

use crate::harness::{Answer, Person, Room, TestApp};

fn ids(page: &Answer) -> Vec<Value> {
    page.messages().iter().map(|message| message["id"].clone()).collect()
}

/// The page that the cursor in `direction` of another names, if it names one.
async fn next(person: &Person, room: &Room, page: &Answer, direction: &str) -> Option<Answer> {
    let cursor = page.body[direction].as_str()?;
    let path = room.path(&format!("/messages?limit=7&{direction}={cursor}"));
    Some(person.request("GET", &path).send().await.expect(200))
}

#[tokio::test]
async fn pages_join_to_the_whole_both_ways_while_messages_arrive() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let mut sent = vec![];
    for number in 0..40 {
        sent.push(Value::from(alice.sends(&room, &number.to_string()).await.id.to_string()));
    }
    app.settled().await;

    let done = AtomicBool::new(false);
    let talk = async {
        let mut more = vec![];
        while !done.load(Ordering::Relaxed) {
            more.push(Value::from(alice.sends(&room, "meanwhile").await.id.to_string()));
        }
        more
    };
    let page_back_and_forth = async {
        let newest = bob.request("GET", &room.path("/messages?limit=7")).send().await.expect(200);
        assert!(newest.body["after"].is_null());
        let mut seen = ids(&newest);
        let mut page = newest;
        while let Some(before) = next(&bob, &room, &page, "before").await {
            seen.splice(0..0, ids(&before));
            page = before;
        }
        let mut forth = ids(&page);
        while forth.len() < seen.len() {
            page = next(&bob, &room, &page, "after").await.expect("there is more");
            forth.extend(ids(&page));
        }
        done.store(true, Ordering::Relaxed);
        (seen, forth, page)
    };
    let (more, (seen, mut forth, mut page)) = tokio::join!(talk, page_back_and_forth);
    sent.extend(more);
    assert!(seen.len() >= 40);
    assert_eq!(seen, sent[..seen.len()]);

    app.settled().await;
    while let Some(after) = next(&bob, &room, &page, "after").await {
        forth.extend(ids(&after));
        page = after;
    }
    // What had come when the last page was read, and was not followed by anything yet, has no cursor.
    let rest = sent.len() - forth.len();
    let newest = bob.get(&room.path("/messages?limit=200")).await.expect(200);
    let newest = ids(&newest);
    forth.extend(newest[newest.len() - rest..].to_vec());
    assert_eq!(forth, sent);
}

#[tokio::test]
async fn pages_around_a_message_join_to_the_whole_and_take_no_cursor() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let mut sent = vec![];
    for number in 0..9 {
        sent.push(Value::from(alice.sends(&room, &number.to_string()).await.id.to_string()));
    }
    let around = room.path(&format!("/messages?limit=3&around={}", sent[4].as_str().unwrap()));
    let page = alice.get(&around).await.expect(200);
    assert_eq!(ids(&page), sent[3..6]);
    let (before, after) = (next(&alice, &room, &page, "before").await, next(&alice, &room, &page, "after").await);
    let (before, after) = (before.expect("there is more"), after.expect("there is more"));
    assert_eq!([ids(&before), ids(&page), ids(&after)].concat(), sent);
    assert_eq!((&before.body["before"], &after.body["after"]), (&Value::Null, &Value::Null));

    for cursor in ["before", "after"] {
        let both = format!("{around}&{cursor}={}", page.body[cursor].as_str().unwrap());
        alice.get(&both).await.expect_problem(400, "invalid-query");
    }
    alice.get(&format!("{around}&pinned=true")).await.expect_problem(400, "invalid-query");
}
