//! Who was erased here, and of whom an export that has grown tells more.

use serde_json::{Value, json};

use super::super::{import, messages, signs_in, told_of};
use super::{id, room, rooms, texts};
use crate::erasures::{erases, finished, verified};
use crate::harness::TestApp;

/// Lines of an export in which ann and bob are in one channel; and of one that has grown, in which ann has left it, looks
/// after another with bob, and has a dialog with him and a room with him and carol.
fn lines(has_grown: bool) -> String {
    let post = |channel: &str, user: &str, kind: &str, at: u64| {
        let (text, props) = (format!("{user} says {kind}"), json!({"username": user}));
        json!({"type": "post", "post": {
            "team": "t", "channel": channel, "user": user, "type": kind, "message": text, "props": props, "create_at": at,
        }})
    };
    let channel = |name: &str| json!({"type": "channel", "channel": {"team": "t", "name": name, "type": "O"}});
    let user = |name: &str, channels: Value| {
        let teams = json!([{"name": "t", "channels": channels}]);
        json!({"type": "user", "user": {"username": name, "email": format!("{name}@example.org"), "teams": teams}})
    };
    let mut lines = vec![
        json!({"type": "version", "version": 1}),
        json!({"type": "team", "team": {"name": "t", "display_name": "T", "type": "O"}}),
        channel("old"),
    ];
    let (old, said) = (json!({"name": "old", "roles": "channel_user"}), post("old", "ann", "", 1_700_000_100_000));
    if !has_grown {
        lines.extend([user("ann", json!([old])), user("bob", json!([old])), said]);
        return lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
    }
    let new = json!({"name": "new", "roles": "channel_user channel_admin", "favorite": true});
    let whispered = |members: &[&str], at: u64| {
        let post = json!({"channel_members": members, "user": "bob", "message": "psst", "create_at": at});
        json!({"type": "direct_post", "direct_post": post})
    };
    lines.extend([
        channel("new"),
        user("ann", json!([new])),
        user("bob", json!([old, new])),
        said,
        post("old", "ann", "system_leave_channel", 1_700_000_200_000),
        post("new", "ann", "system_join_channel", 1_700_000_300_000),
        post("new", "bob", "", 1_700_000_400_000),
        whispered(&["ann", "bob"], 1_700_000_500_000),
        whispered(&["ann", "bob", "carol"], 1_700_000_600_000),
    ]);
    lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn who_was_erased_comes_into_no_room_and_owns_none() {
    let app = TestApp::without_nats().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.jsonl");
    let imports = async |has_grown: bool| {
        std::fs::write(&path, lines(has_grown)).unwrap();
        import(&app, &["mattermost", path.to_str().unwrap()]).await
    };
    imports(false).await;
    app.settled().await;
    let (ann, bob) = (signs_in(&app, "ann@example.org").await, signs_in(&app, "bob@example.org").await);
    finished(&bob, &erases(&ann).await.expect(200)).await;
    let head = app.head().await;

    let told = imports(true).await;
    assert!(told.contains("4 messages in 4 rooms; 0 lines bad"), "{told}");
    assert_eq!(told_of(&app, &ann, head).await, Vec::<String>::new());
    app.settled().await;
    let mut named = rooms(&bob).await.iter().map(|room| room["name"].clone()).collect::<Vec<_>>();
    named.sort_by_key(Value::to_string);
    assert_eq!(named, ["Group message of 3", "new", "old"], "there is no dialog with who is gone");
    for (name, members) in [("new", 1), ("Group message of 3", 2)] {
        let room = room(&bob, name).await;
        assert_eq!((&room["owner_id"], &room["member_count"]), (&json!(null), &json!(members)), "{name}");
        assert_eq!(texts(&messages(&bob, id(&room)).await).len(), 1, "what others said is there");
    }
    let sent = "select count(*) from log.events where position > $1 and event_type = 'message_sent'";
    let sent = sqlx::query_scalar::<_, i64>(sent).bind(head).fetch_one(&app.pool).await.unwrap();
    assert_eq!(sent, 2, "nothing is said in a room that is not there");
    verified(&app.setup).await;

    let head = app.head().await;
    assert!(imports(true).await.contains("added 0, "));
    assert_eq!(app.head().await, head);
}
