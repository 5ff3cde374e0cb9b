//! Headers of direct rooms.

use serde_json::{Value, json};

use super::super::{import, messages, signs_in, timeline};
use super::{id, room, texts};
use crate::harness::TestApp;

/// An export in which the header of a dialog and that of a room of three are changed, and something is said in both.
fn lines() -> String {
    let user = |name: &str| json!({"type": "user", "user": {"username": name, "email": format!("{name}@example.org")}});
    let channel = |members: &[&str], header: &str| json!({"type": "direct_channel", "direct_channel": {"members": members, "header": header}});
    let post = |members: &[&str], at: u64, more: Value| {
        let mut post = json!({"channel_members": members, "user": "ann", "create_at": at});
        let Value::Object(more) = more else { panic!("fields: {more}") };
        post.as_object_mut().unwrap().extend(more);
        json!({"type": "direct_post", "direct_post": post})
    };
    let changed = |old: &str, new: &str| json!({"type": "system_header_change", "message": "", "props": {"old_header": old, "new_header": new}});
    let (two, three) = (["ann", "bob"], ["ann", "bob", "carol"]);
    let lines = [
        json!({"type": "version", "version": 1}),
        user("ann"),
        user("bob"),
        user("carol"),
        channel(&two, "between us"),
        channel(&three, "the three"),
        post(&two, 1_700_000_100_000, changed("", "between us")),
        post(&two, 1_700_000_200_000, json!({"message": "psst"})),
        post(&three, 1_700_000_100_000, changed("all", "the three")),
        post(&three, 1_700_000_200_000, json!({"message": "all three"})),
    ];
    lines.map(|line| format!("{line}\n")).concat()
}

#[tokio::test]
async fn a_dialog_has_no_topic_and_that_of_a_room_of_three_changes_when_it_did() {
    let app = TestApp::without_nats().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.jsonl");
    std::fs::write(&path, lines()).unwrap();
    let told = import(&app, &["mattermost", path.to_str().unwrap()]).await;
    assert!(told.contains("2 messages in 2 rooms; 0 lines bad"), "{told}");
    assert!(told.contains("left out 1 notices: "), "{told}");
    app.settled().await;
    let (ann, bob) = (signs_in(&app, "ann@example.org").await, signs_in(&app, "bob@example.org").await);
    let dialog = bob.post("/v1/rooms", json!({"type": "dialog", "member_ids": [ann.id]})).await.expect(200).id();
    assert_eq!(texts(&messages(&bob, &dialog.to_string()).await), ["psst"]);
    let three = room(&bob, "Group message of 3").await;
    assert_eq!(three["topic"], "the three");
    let notices = timeline(&bob, id(&three)).await.into_iter().filter(|item| item["type"] != "message");
    let notices = notices.map(|notice| (notice["sender_id"].clone(), notice["data"]["event"].clone()));
    let changed = json!({"type": "room_topic_changed", "topic": "the three"});
    assert_eq!(notices.collect::<Vec<_>>(), [(json!(ann.id), changed)]);
}
