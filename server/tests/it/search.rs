//! Search: what is found, by whom, and what is not.

mod model;
mod sealed;

use serde_json::{Value, json};

use crate::harness::{Person, TestApp};

fn ids(hits: &[Value]) -> Vec<Value> {
    hits.iter().map(|hit| hit["message"]["id"].clone()).collect()
}

#[tokio::test]
async fn words_are_found_wherever_they_stand() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let texts = [
        "The quick brown fox",
        "Crème BRÛLÉE für mich",
        "quicksilver, foxes & 100%_sure",
        "今日は天気がいいですね",
        "Straße 東京タワー ﬁne",
        "한국어 검색 👍🏽 https://example.org/~fox?q=1",
    ];
    for text in texts {
        alice.sends(&room, text).await;
    }
    for (question, found) in [
        ("quick", vec![2, 0]),
        ("FOX", vec![5, 2, 0]),
        ("fox quick", vec![2, 0]),
        ("fox quick brown", vec![0]),
        ("\"brown fox\"", vec![0]),
        ("\"fox brown\"", vec![]),
        ("creme brulee", vec![1]),
        ("ÉÈ", vec![1]),
        ("strasse", vec![4]),
        ("FINE", vec![4]),
        ("天", vec![3]),
        ("天気", vec![3]),
        ("東京 タワー", vec![4]),
        ("검색", vec![5]),
        ("👍", vec![5]),
        ("100%_", vec![2]),
        ("%", vec![2]),
        ("_", vec![2]),
        ("://", vec![5]),
        ("\\", vec![]),
        ("q", vec![5, 2, 0]),
        ("nowhere", vec![]),
        ("fox nowhere", vec![]),
    ] {
        let found: Vec<_> = found.into_iter().map(|place: usize| texts[place]).collect();
        assert_eq!(alice.finds(question).await, found, "{question}");
    }
}

#[tokio::test]
async fn a_hit_is_the_message_with_its_words_marked() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let sent = alice.sends(&room, "🦀 Café, café au lait").await;
    let hits = alice.searches(&[("q", "cafe au")]).await.expect(200);
    let queried = alice.get(&room.path(&format!("/messages/{}", sent.id))).await.expect(200);
    let marks = json!([{"offset": 2, "length": 4}, {"offset": 8, "length": 4}, {"offset": 13, "length": 2}]);
    assert_eq!(hits.body["items"], json!([{"message": queried.body, "highlights": marks}]));
    assert_eq!((&hits.body["before"], &hits.body["after"]), (&Value::Null, &Value::Null));

    // As it is now: edited, it is found by its new words alone; deleted, by none.
    let path = room.path(&format!("/messages/{}", sent.id));
    alice.patch(&path, json!({"text": "Tee"})).await.expect(200);
    assert_eq!(alice.finds("tee").await, ["Tee"]);
    assert!(alice.finds("cafe").await.is_empty());
    alice.delete(&path).await.expect(204);
    assert!(alice.finds("tee").await.is_empty());
    assert_eq!(alice.searches(&[("room", &room.0.to_string())]).await.expect(200).body["items"], json!([]));
}

#[tokio::test]
async fn nobody_finds_what_was_said_in_rooms_of_others() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.adds(&room, &bob).await;
    alice.sends(&room, "a word for members").await;
    let public = alice.creates_public_room("open").await;
    alice.sends(&public, "a word for all who join").await;
    app.settled().await;
    assert_eq!(bob.finds("word").await, ["a word for members"]);
    assert!(carol.finds("word").await.is_empty());
    for parameters in
        [[("q", "word"), ("room", &room.0.to_string())], [("q", "word"), ("sender", &alice.id.to_string())]]
    {
        let hits = carol.searches(&parameters).await.expect(200);
        assert_eq!(hits.body, json!({"items": [], "before": null, "after": null}));
    }
    assert!(carol.finds(&format!("in:{} word", room.0)).await.is_empty());
    carol.put(&public.path("/members/me"), json!({})).await;
    assert_eq!(carol.finds("word").await, ["a word for all who join"]);
    app.request("GET", "/v1/search?q=word").send().await.expect_problem(401, "not-signed-in");

    // With the answer to the removal, and to the leaving, it is over.
    alice.removes(&room, &bob).await;
    let answer = bob.request("GET", "/v1/search?q=word").send().await.expect(200);
    assert!(answer.items().is_empty(), "{}", answer.text);
    carol.leaves(&public).await;
    let answer = carol.request("GET", "/v1/search?q=word").send().await.expect(200);
    assert!(answer.items().is_empty(), "{}", answer.text);
}

#[tokio::test]
async fn a_deleted_message_is_found_by_nobody_after_the_answer() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    for _ in 0..10 {
        let sent = alice.sends(&room, "regrettable").await;
        app.settled().await;
        assert_eq!(bob.finds("regret").await, ["regrettable"]);
        alice.delete(&room.path(&format!("/messages/{}", sent.id))).await.expect(204);
        let answer = bob.request("GET", "/v1/search?q=regrettable").send().await.expect(200);
        assert!(answer.items().is_empty(), "{}", answer.text);
    }
}

#[tokio::test]
async fn without_view_history_one_finds_what_was_said_since_one_came() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    alice.patch(&room.path(""), json!({"permissions": ["send_messages"]})).await.expect(200);
    let bob = app.registers("bob").await;
    alice.sends(&room, "word one").await;
    alice.adds(&room, &bob).await;
    alice.sends(&room, "word two").await;
    app.settled().await;
    assert_eq!(bob.finds("word").await, ["word two"]);
    assert_eq!(alice.finds("word").await, ["word two", "word one"], "the owner sees everything");
    alice.removes(&room, &bob).await;
    alice.sends(&room, "word three").await;
    alice.adds(&room, &bob).await;
    app.settled().await;
    assert!(bob.finds("word").await.is_empty());
    alice.patch(&room.path(""), json!({"permissions": ["send_messages", "view_history"]})).await.expect(200);
    app.settled().await;
    assert_eq!(bob.finds("word").await.len(), 3);
}

#[tokio::test]
async fn filters_narrow_what_is_found() {
    let app = TestApp::without_nats().await;
    let (alice, general) = app.member_of_a_room("alice").await;
    let engine = alice.creates_room("Engine room").await;
    let bob = app.registers("bob").await;
    bob.patch("/v1/users/me", json!({"display_name": "Bøb Lee"})).await.expect(200);
    let mut seen = 0;
    for room in [&general, &engine] {
        alice.adds(room, &bob).await;
        for person in [&alice, &bob] {
            seen = person.sends(room, "word").await.position.max(seen);
        }
    }
    app.settled().await;
    let found = async |parameters: &[(&str, &str)]| -> Vec<(String, String)> {
        let name = |room: &Value| if *room == json!(general.0) { "general" } else { "engine" };
        let by = |sender: &Value| if *sender == json!(alice.id) { "alice" } else { "bob" };
        let hits = alice.searches(parameters).await.expect(200);
        hits.items()
            .iter()
            .map(|hit| (name(&hit["message"]["room_id"]).to_owned(), by(&hit["message"]["sender_id"]).to_owned()))
            .collect()
    };
    let hits = |names: &[(&str, &str)]| -> Vec<(String, String)> {
        names.iter().map(|(room, by)| ((*room).to_owned(), (*by).to_owned())).collect()
    };
    let (bobs, engines) = ([("engine", "bob"), ("general", "bob")], [("engine", "bob"), ("engine", "alice")]);
    let (bob_id, engine_id) = (bob.id.to_string(), engine.0.to_string());
    for question in
        ["word from:bob", "from:\"Bob Lee\"", "from:BØB word", &format!("from:{bob_id}"), "from:bob from:nobody"]
    {
        assert_eq!(found(&[("q", question)]).await, hits(&bobs), "{question}");
    }
    for question in ["in:\"engine room\"", "word in:#general in:\"Engine Room\" from:alice from:bob"] {
        let all = found(&[("q", question)]).await;
        assert_eq!(all[..2], hits(&engines), "{question}");
    }
    assert_eq!(found(&[("sender", &bob_id)]).await, hits(&bobs));
    assert_eq!(found(&[("q", "word"), ("room", &engine_id)]).await, hits(&engines));
    assert_eq!(found(&[("q", "from:bob"), ("room", &engine_id)]).await, hits(&engines[..1]));
    assert_eq!(found(&[("q", "from:alice"), ("sender", &bob_id)]).await, []);
    for question in ["word from:ob", "from:lee", "in:engine", "in:nowhere word", "word in:general from:nobody"] {
        assert_eq!(found(&[("q", question)]).await, [], "{question}");
    }
    for (question, count) in [
        ("word before:2999", 4),
        ("word after:2001-02-03", 4),
        ("before:2001-01", 0),
        ("after:2998", 0),
        ("word after:2001 before:2001", 0),
        ("word before:1970-01-01T00:00:00Z", 0),
    ] {
        assert_eq!(found(&[("q", question)]).await.len(), count, "{question}");
    }
    let hit = alice.searches(&[("q", "word from:bob in:general")]).await.expect(200).items()[0].clone();
    let at = hit["message"]["sent_at"].as_str().unwrap();
    assert_eq!(found(&[("q", &format!("word before:{at}"))]).await, hits(&[("general", "alice")]));
    assert_eq!(found(&[("q", &format!("word after:{at}"))]).await.len(), 3);
}

#[tokio::test]
async fn pages_join_to_the_whole_both_ways() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let other = alice.creates_room("other").await;
    for number in 0..23 {
        alice.sends(if number % 3 == 0 { &room } else { &other }, &format!("word {number}")).await;
        alice.sends(&room, "something else").await;
    }
    let whole = ids(alice.searches(&[("q", "word"), ("limit", "200")]).await.expect(200).items());
    assert_eq!(whole.len(), 23);
    let (mut forth, mut cursor) = (vec![], None::<String>);
    let mut last = loop {
        let page = match &cursor {
            None => alice.searches(&[("q", "word"), ("limit", "5")]).await,
            Some(cursor) => alice.searches(&[("q", "word"), ("limit", "5"), ("after", cursor)]).await,
        };
        let page = page.expect(200);
        assert_eq!(page.body["before"].is_null(), forth.is_empty());
        forth.extend(ids(page.items()));
        let Some(after) = page.body["after"].as_str() else { break page.body["before"].clone() };
        cursor = Some(after.to_owned());
    };
    assert_eq!(forth, whole);
    let mut back = vec![];
    while let Some(before) = last.as_str() {
        let page = alice.searches(&[("q", "word"), ("limit", "5"), ("before", before)]).await.expect(200);
        back.splice(0..0, ids(page.items()));
        last = page.body["before"].clone();
    }
    assert_eq!(back, whole[..20]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_and_what_is_odd_is_answered() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    alice.sends(&room, "a text, with signs: !?...").await;
    let refused = async |person: &Person, question: &str| {
        let answer = person.searches(&[("q", question)]).await.expect_problem(422, "invalid");
        assert_eq!(answer.body["errors"][0]["pointer"], "/q");
    };
    for question in ["", "   ", "\u{200b}", "\"\"", "before:yesterday", "after:2026-02-30"] {
        refused(&alice, question).await;
    }
    refused(&alice, &" ".repeat(10_000)).await;
    refused(&alice, &"x".repeat(1_001)).await;
    refused(&alice, &(0..1_000).map(|word| word.to_string()).collect::<Vec<_>>().join(" ")).await;
    alice.get("/v1/search").await.expect_problem(422, "invalid");
    for path in [
        "/v1/search?q=a&room=x",
        "/v1/search?q=a&after=x",
        "/v1/search?q=a&limit=0",
        "/v1/search?q=a&from=x",
        "/v1/search?q=%00",
    ] {
        alice.get(path).await.expect_problem(400, "invalid-query");
    }
    assert_eq!(alice.finds("!?").await.len(), 1);
    assert_eq!(alice.finds(&"!?... ".repeat(100)).await.len(), 1);
    for question in ["'", "\"", "';--", "a:b:c", "from:", "\\_%", "🤷", "&|!():*", &"(".repeat(1_000)] {
        assert!(alice.finds(question).await.is_empty(), "{question}");
    }
}
