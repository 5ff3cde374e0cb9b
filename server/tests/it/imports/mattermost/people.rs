//! Who is taken for whom: an account here stands for somebody of the source if its email is known to be theirs.

use serde_json::{Value, json};

use super::super::{import, messages, signs_in, told_of};
use super::{export, id, room, rooms, texts};
use crate::erasures::{erases, finished};
use crate::harness::TestApp;
use crate::harness::person::PASSWORD;

/// The fixture, in which ann has written to a channel and to bob since.
fn grown() -> tempfile::NamedTempFile {
    let at = 1_700_000_900_000_u64;
    let said = json!({"team": "core", "channel": "general", "user": "ann", "message": "since", "create_at": at});
    let whispered = json!({"channel_members": ["ann", "bob"], "user": "ann", "message": "to you", "create_at": at});
    let lines = [json!({"type": "post", "post": said}), json!({"type": "direct_post", "direct_post": whispered})];
    let text = std::fs::read_to_string(export()).unwrap() + &lines.map(|line| format!("{line}\n")).concat();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

#[tokio::test]
async fn who_only_typed_an_email_is_not_taken_for_whose_it_is() {
    let app = TestApp::without_nats().await;
    let mallory = app.registers("ann").await;
    let path = export();
    let path = path.to_str().unwrap();
    let told = import(&app, &["mattermost", path]).await;
    let apart =
        format!("kept apart: ann@example.org is that of the account {} here, which has not verified it", mallory.id);
    assert!(told.contains(&apart) && told.matches("kept apart").count() == 1, "{told}");
    app.settled().await;
    assert_eq!(rooms(&mallory).await, Vec::<Value>::new());
    let bob = signs_in(&app, "bob@example.org").await;
    let general = room(&bob, "General (Core)").await;
    let said = messages(&bob, id(&general)).await;
    assert_eq!(general["owner_id"], said[1]["sender_id"], "ann owns it");
    assert_ne!(general["owner_id"], json!(mallory.id));

    // What was once kept apart stays so.
    app.verifies(&mallory).await;
    let head = app.head().await;
    let again = import(&app, &["mattermost", path]).await;
    assert!(again.contains("added 0, "), "{again}");
    assert_eq!(app.head().await, head);
    import(&app, &["mattermost", grown().path().to_str().unwrap()]).await;
    assert_eq!(told_of(&app, &mallory, head).await, Vec::<String>::new());
}

#[tokio::test]
async fn who_was_deactivated_there_is_nobody_who_has_their_email_here() {
    let app = TestApp::without_nats().await;
    let another = app.registers("carol").await;
    app.verifies(&another).await;
    let told = import(&app, &["mattermost", export().to_str().unwrap()]).await;
    let apart = format!("carol@example.org is that of the account {} here, but of somebody deactivated", another.id);
    assert!(told.contains(&apart), "{told}");
    app.settled().await;
    assert_eq!(rooms(&another).await, Vec::<Value>::new());
}

#[tokio::test]
async fn who_was_suspended_here_is_kept_apart() {
    let app = TestApp::without_nats().await;
    let (admin, bob) = (app.administrator("root").await, app.registers("bob").await);
    app.verifies(&bob).await;
    app.settled().await;
    admin.put(&format!("/v1/users/{}/suspension", bob.id), json!({"reason": "spam"})).await.expect(204);
    let told = import(&app, &["mattermost", export().to_str().unwrap()]).await;
    assert!(told.contains(&format!("the account {} here, which is suspended: imported as", bob.id)), "{told}");
}

#[tokio::test]
async fn who_was_imported_stands_for_themself_whoever_has_their_email_by_now() {
    for is_erased in [false, true] {
        let app = TestApp::without_nats().await;
        import(&app, &["mattermost", export().to_str().unwrap()]).await;
        app.settled().await;
        let (ann, bob) = (signs_in(&app, "ann@example.org").await, signs_in(&app, "bob@example.org").await);
        if is_erased {
            finished(&bob, &erases(&ann).await.expect(200)).await;
        } else {
            let body = json!({"email": "ann@elsewhere.org", "password": PASSWORD});
            ann.put("/v1/users/me/email", body).await.expect(204);
        }
        let another = app.registers("ann").await;
        app.verifies(&another).await;
        let head = app.head().await;
        let told = import(&app, &["mattermost", grown().path().to_str().unwrap()]).await;
        assert!(told.contains(if is_erased { "added 0, " } else { "added 2, " }), "{told}");
        assert_eq!(told_of(&app, &another, head).await, Vec::<String>::new());
        app.settled().await;
        assert_eq!(rooms(&another).await, Vec::<Value>::new());
        if !is_erased {
            let said = messages(&ann, id(&room(&ann, "General (Core)").await)).await;
            assert_eq!((&said[8]["sender_id"], texts(&said)[8]), (&json!(ann.id), "since"));
        }
    }
}

#[tokio::test]
async fn whom_another_import_made_is_the_same_person_also_with_a_password_of_the_operator_s() {
    let app = TestApp::without_nats().await;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, value: Value| std::fs::write(folder.path().join(name), value.to_string()).unwrap();
    write("users.json", json!([{"id": "U1", "name": "ann", "profile": {"email": "ann@example.org"}}]));
    write("channels.json", json!([{"id": "C1", "name": "slack's", "members": ["U1"]}]));
    import(&app, &["slack", folder.path().to_str().unwrap()]).await;
    app.settled().await;
    let ann = signs_in(&app, "ann@example.org").await;
    let told = import(&app, &["mattermost", export().to_str().unwrap()]).await;
    assert!(!told.contains("kept apart"), "{told}");
    app.settled().await;
    room(&ann, "slack's").await;
    assert_eq!(room(&ann, "General (Core)").await["owner_id"], json!(ann.id));
}
