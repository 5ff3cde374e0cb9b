//! Who finds whom.

use serde_json::{Value, json};

use crate::harness::{Listener, Person, Setup, TestApp};

/// The names that somebody finds.
async fn finds(person: &Person, q: &str) -> Vec<String> {
    let page = person.get(&format!("/v1/users?q={q}")).await.expect(200);
    page.items().iter().map(|user| user["display_name"].as_str().unwrap().to_owned()).collect()
}

async fn sees(person: &Person, other: &Person) -> bool {
    let answer = person.get(&format!("/v1/users/{}", other.id)).await;
    if answer.status != 200 {
        answer.expect_problem(404, "not-found");
        return false;
    }
    true
}

async fn renamed(app: &TestApp, email_name: &str, name: &str) -> Person {
    let person = app.registers(email_name).await;
    person.patch("/v1/users/me", json!({"display_name": name})).await.expect(200);
    person
}

#[tokio::test]
async fn people_are_found_by_any_part_of_their_name_or_by_their_whole_email() {
    let app = TestApp::without_nats().await;
    let zoe = renamed(&app, "zoe", "Zoë  Ångström").await;
    let taro = renamed(&app, "taro", "山田太郎").await;
    let percent = renamed(&app, "percent", "100%_sure").await;
    app.settled().await;
    for q in ["zoe", "ZO%C3%8B", "angs", "str%C3%B6m", "zoe%20%20ang", "%20zoe%20", "ZOE@example.org"] {
        assert_eq!(finds(&taro, q).await, ["Zoë  Ångström"], "{q}");
    }
    assert_eq!(finds(&zoe, "%E5%A4%AA%E9%83%8E").await, ["山田太郎"]);
    assert_eq!(finds(&zoe, "%25").await, ["100%_sure"]);
    assert_eq!(finds(&zoe, "_").await, ["100%_sure"]);
    for q in ["zoe@example", "example.org", "@", "zoo", "zoe@example.com"] {
        assert!(finds(&taro, q).await.is_empty(), "{q}");
    }
    assert_eq!(finds(&zoe, "").await, ["100%_sure", "Zoë  Ångström", "山田太郎"]);
    renamed(&app, "night", "dev@night").await;
    app.settled().await;
    assert_eq!(finds(&zoe, "ev@ni").await, ["dev@night"]);
    let page = taro.get("/v1/users?q=zoe").await.expect(200);
    assert!(!page.text.contains("example.org"), "{}", page.text);
    let fields: Vec<_> = page.items()[0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(fields, ["avatar_file_id", "created_at", "display_name", "id", "version"]);

    percent.patch("/v1/users/me", json!({"display_name": "Unsure"})).await.expect(200);
    app.settled().await;
    assert!(finds(&zoe, "100").await.is_empty());
    app.get("/v1/users?q=zoe").await.expect_problem(401, "not-signed-in");
    zoe.get("/v1/users?name=zoe").await.expect_problem(400, "invalid-query");
}

#[tokio::test]
async fn the_list_of_people_is_paged_in_the_order_of_names() {
    let app = TestApp::without_nats().await;
    let mut names = vec![];
    let mut last = None;
    for name in ["carol", "Alice", "bob", "Dave", "alice"] {
        let email_name = format!("{name}{}", names.len());
        last = Some(renamed(&app, &email_name, name).await);
        names.push(name.to_lowercase());
    }
    names.sort();
    let (person, mut seen, mut path) = (last.unwrap(), vec![], "/v1/users?limit=2".to_owned());
    app.settled().await;
    loop {
        let page = person.get(&path).await.expect(200);
        seen.extend(page.items().iter().map(|user| user["display_name"].as_str().unwrap().to_lowercase()));
        let Value::String(after) = &page.body["after"] else { break };
        path = format!("/v1/users?limit=2&after={after}");
    }
    assert_eq!(seen, names);
    let page = person.get(&path).await.expect(200);
    let before = page.body["before"].as_str().unwrap();
    let page = person.get(&format!("/v1/users?limit=2&before={before}")).await.expect(200);
    let before: Vec<_> = page.items().iter().map(|user| user["display_name"].clone()).collect();
    assert_eq!(before, ["bob", "carol"]);
}

#[tokio::test]
async fn where_only_shared_rooms_show_people_others_are_not_there_at_all() {
    let app = Setup::without_nats().await.flag("--directory=shared-rooms").start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol, admin) =
        (app.registers("bob").await, app.registers("carol").await, app.administrator("admin").await);
    alice.adds(&room, &bob).await;
    app.settled().await;
    assert_eq!(finds(&alice, "").await, ["alice", "bob"]);
    assert_eq!(finds(&bob, "alice@example.org").await, ["alice"]);
    assert_eq!(finds(&carol, "").await, ["carol"]);
    assert_eq!(finds(&carol, "carol@example.org").await, ["carol"]);
    assert!(finds(&carol, "alice@example.org").await.is_empty());
    assert_eq!(finds(&admin, "").await, ["admin", "alice", "bob", "carol"]);
    assert!(sees(&alice, &bob).await && sees(&admin, &carol).await && sees(&carol, &carol).await);
    assert!(!sees(&carol, &alice).await && !sees(&alice, &carol).await);

    // Whoever was put out finds nobody any more, at once; whoever stays sees who said what is there to be read.
    alice.removes(&room, &bob).await;
    let asked = bob.request("GET", "/v1/users?q=").send().await.expect(200);
    assert_eq!(asked.items().iter().map(|user| &user["display_name"]).collect::<Vec<_>>(), ["bob"]);
    bob.request("GET", &format!("/v1/users/{}", alice.id)).send().await.expect_problem(404, "not-found");
    assert_eq!(finds(&alice, "").await, ["alice"]);
    assert!(sees(&alice, &bob).await);

    // To ban somebody is not to meet them; nor is anybody met in a room that is closed.
    alice.bans(&room, &carol, json!({})).await.expect(204);
    app.settled().await;
    assert!(!sees(&alice, &carol).await);
    alice.unbans(&room, &carol).await;
    app.settled().await;
    assert!(!sees(&alice, &carol).await);
    alice.adds(&room, &carol).await;
    app.settled().await;
    assert!(sees(&alice, &carol).await && finds(&carol, "").await == ["alice", "carol"]);
    alice.delete(&room.path("")).await.expect(204);
    app.settled().await;
    assert!(!sees(&alice, &carol).await && !sees(&alice, &bob).await);
    assert_eq!(finds(&carol, "").await, ["carol"]);
}

#[tokio::test]
async fn where_nobody_is_shown_those_in_ones_rooms_are_seen_and_not_found() {
    let app = Setup::without_nats().await.flag("--directory=nobody").start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.adds(&room, &bob).await;
    app.settled().await;
    for q in ["", "bob", "bob@example.org", "alice@example.org"] {
        assert!(finds(&alice, q).await.is_empty(), "{q}");
    }
    assert!(sees(&alice, &bob).await && sees(&alice, &alice).await && !sees(&alice, &carol).await);
    let nobody = "/v1/users/01900000-0000-7000-8000-000000000000";
    let told = |mut answer: crate::harness::Answer| {
        answer.body["request_id"].take();
        answer.body
    };
    assert_eq!(
        told(alice.get(&format!("/v1/users/{}", carol.id)).await.expect(404)),
        told(alice.get(nobody).await.expect(404))
    );
}

/// The names in a list of people, by whose they are.
async fn names(person: &Person, path: &str) -> Vec<(String, Value)> {
    let list = person.request("GET", path).patiently().await.expect(200);
    let text = |item: &Value| item["user_id"].as_str().unwrap().to_owned();
    list.items().iter().map(|item| (text(item), item["display_name"].clone())).collect()
}

/// The next frame of a type.
async fn hears(listener: &mut Listener, kind: &str) -> Value {
    loop {
        let frame = listener.hears().await;
        if frame["type"] == kind {
            return frame;
        }
    }
}

#[tokio::test]
async fn whom_one_never_met_has_no_name_where_one_blocks_and_bans_them() {
    for directory in ["everyone", "shared-rooms", "nobody"] {
        let app = Setup::without_nats().await.flag(format!("--directory={directory}")).start().await;
        let (alice, room) = app.member_of_a_room("alice").await;
        let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
        alice.adds(&room, &bob).await;
        let of_carol = if directory == "everyone" { json!("carol") } else { Value::Null };
        let [by_bob, by_carol] = [&bob, &carol].map(|person| person.id.to_string());
        let known = |of_bob: Value| vec![(by_bob.clone(), of_bob), (by_carol.clone(), of_carol.clone())];

        app.settled().await;
        let mut listener = alice.listens().await;
        for (person, name) in [(&bob, json!("bob")), (&carol, of_carol.clone())] {
            alice.put(&format!("/v1/users/me/blocks/{}", person.id), json!({})).await.expect(204);
            let told = hears(&mut listener, "user_blocked").await;
            assert_eq!(told["data"]["display_name"], name, "{directory}: {told}");
            alice.bans(&room, person, json!({})).await.expect(204);
            hears(&mut listener, "membership_banned").await;
        }
        let blocks = "/v1/users/me/blocks";
        for path in [blocks, &room.path("/bans")] {
            assert_eq!(names(&alice, path).await, known(json!("bob")), "{directory}: {path}");
        }
        // Whoever leaves the room where they met does not see them any more, at once.
        let elsewhere = bob.creates_room("elsewhere").await;
        alice.leaves(&room).await;
        let of_bob = if directory == "everyone" { json!("bob") } else { Value::Null };
        assert_eq!(names(&alice, blocks).await, known(of_bob), "{directory}");
        bob.adds(&elsewhere, &alice).await;
        app.settled().await;
        assert_eq!(names(&alice, blocks).await, known(json!("bob")), "{directory}");
        let admin = app.administrator("root").await;
        admin.put(&format!("{blocks}/{}", carol.id), json!({})).await.expect(204);
        app.settled().await;
        assert_eq!(names(&admin, blocks).await, [(by_carol.clone(), json!("carol"))], "{directory}");
    }
}
