//! Every fact that an import tells is marked with its source.

use super::{fixture, import, mattermost};
use crate::harness::TestApp;

/// Imports, and answers the types of events that do not name their source and what it calls them.
async fn unmarked(source: &str, path: &str) -> Vec<String> {
    let app = TestApp::without_nats().await;
    import(&app, &[source, path]).await;
    let unmarked = "select distinct event_type from log.events where event_type not like 'audit\\_%' \
                    and event_type not like 'session\\_%' \
                    and (payload #>> '{imported,source}' is distinct from $1 \
                         or coalesce(payload #>> '{imported,source_id}', '') = '') order by event_type";
    sqlx::query_scalar(unmarked).bind(source).fetch_all(&app.pool).await.unwrap()
}

#[tokio::test]
async fn whatever_slack_tells_names_its_source() {
    let export = fixture::export();
    assert_eq!(unmarked("slack", export.path().to_str().unwrap()).await, Vec::<String>::new());
}

#[tokio::test]
async fn whatever_mattermost_tells_names_its_source_but_for_what_follows_from_it() {
    // The message names the file that goes with it; wishes and roles are what people would have asked for here.
    let follows =
        ["file_granted", "membership_muted", "membership_pinned", "membership_roles_assigned", "room_role_defined"];
    assert_eq!(unmarked("mattermost", mattermost::export().to_str().unwrap()).await, follows);
}

#[tokio::test]
async fn whatever_a_log_of_irc_tells_names_its_source() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("2014-05-14.txt"), "[10:00] <ann> hello\n[10:01] <bob> hi\n").unwrap();
    assert_eq!(unmarked("irc", folder.path().to_str().unwrap()).await, Vec::<String>::new());
}
