//! What was said long ago is found by the index as what was said last is without.

use futures::future::join_all;
use serde_json::json;

use crate::harness::{Person, Room, TestApp};

/// Fills a segment of the index: so many long texts that it is sealed.
pub(super) async fn seal(app: &TestApp, person: &Person, room: &Room) {
    let sealed = async || -> i64 {
        sqlx::query_scalar("select count(*) from read.search_segment where positions is not null")
            .fetch_one(&app.pool)
            .await
            .unwrap()
    };
    let before = sealed().await;
    let long = format!("filler {}", "lorem ipsum ".repeat(1_300));
    while sealed().await == before {
        join_all((0..20).map(|_| person.sends(room, &long))).await;
        app.settled().await;
    }
}

#[tokio::test]
async fn what_is_in_a_sealed_segment_is_found_changed_and_lost_like_all_else() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    let others = bob.creates_room("others").await;
    alice.adds(&room, &carol).await;
    let first = alice.sends(&room, "ancient word, 古い言葉").await;
    let second = carol.sends(&room, "another word").await;
    bob.sends(&others, "a word elsewhere").await;
    seal(&app, &bob, &others).await;
    let third = alice.sends(&room, "a recent word").await;
    seal(&app, &bob, &others).await;
    alice.sends(&room, "the newest word").await;
    app.settled().await;

    for person in [&alice, &carol] {
        let all = ["the newest word", "a recent word", "another word", "ancient word, 古い言葉"];
        assert_eq!(person.finds("word").await, all);
        assert_eq!(person.finds("言葉").await, all[3..]);
        assert_eq!(person.finds("古").await, all[3..]);
        assert_eq!(person.finds("w").await, all);
        assert_eq!(person.finds("word from:carol").await, all[2..3]);
        assert_eq!(person.finds("from:alice").await, [all[0], all[1], all[3]]);
        assert_eq!(person.finds("in:general another").await, all[2..3]);
        assert!(person.finds("elsewhere").await.is_empty() && person.finds("filler").await.is_empty());
        assert!(person.finds("ancient another").await.is_empty(), "each has one of the words");
        assert!(person.finds("ordword").await.is_empty());
        assert_eq!(person.finds("word before:2999 after:2001").await, all);
        let page = person.searches(&[("q", "word"), ("limit", "2")]).await.expect(200);
        let after = page.body["after"].as_str().unwrap();
        let next = person.searches(&[("q", "word"), ("limit", "2"), ("after", after)]).await.expect(200);
        assert_eq!(next.items()[0]["message"]["id"], json!(second.id));
        let before = next.body["before"].as_str().unwrap();
        let back = person.searches(&[("q", "word"), ("limit", "2"), ("before", before)]).await.expect(200);
        assert_eq!(back.body["items"], page.body["items"]);
    }

    let path = |id| room.path(&format!("/messages/{id}"));
    alice.patch(&path(first.id), json!({"text": "ancient phrase"})).await.expect(200);
    alice.delete(&path(third.id)).await.expect(204);
    app.settled().await;
    assert_eq!(alice.finds("word").await, ["the newest word", "another word"]);
    assert!(alice.finds("言葉").await.is_empty());
    assert_eq!(alice.finds("phrase").await, ["ancient phrase"]);
    alice.removes(&room, &carol).await;
    let answer = carol.request("GET", "/v1/search?q=word").send().await.expect(200);
    assert!(answer.items().is_empty(), "{}", answer.text);

    let verified = app.setup.command(["projections", "verify"]).await;
    assert!(verified.status.success(), "{verified:?}");
}
