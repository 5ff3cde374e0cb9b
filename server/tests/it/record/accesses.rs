//! Each look is on record before anything of it leaves: what the log takes no record of is not answered, nor written.

use std::path::Path;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{checkpoint, sealed};
use crate::erasures::{erases, finished};
use crate::harness::{Answer, Person};
use crate::holds::held;
use crate::openapi::COMMITTED;
use crate::past_instance::looks;

/// What events are answered as: a page, and streams of the whole.
const TYPES: &[&str] = &["application/json", "application/x-ndjson", "application/cloudevents-batch+json"];

/// What auditors are answered without a reason, and without a record of it: hashes, and what signs them.
const HASHES: [&str; 5] = ["GetCheckpoint", "GetCheckpointKey", "GetTile", "ProveConsistency", "ProveInclusion"];

/// Every query of the document that is put on record, below something that is there, with what it is to be answered as.
fn queries(ids: &[(&str, Uuid)]) -> Vec<(String, &'static str)> {
    let document: Value = serde_json::from_str(COMMITTED).unwrap();
    let mut queries = vec![];
    for (path, item) in document["paths"].as_object().unwrap() {
        let query = &item["get"];
        let says_why = |parameter: &Value| parameter["name"] == "Audit-Reason";
        if query["parameters"].as_array().is_some_and(|parameters| parameters.iter().any(says_why)) {
            let types = if query["operationId"] == "ListAuditEvents" { TYPES } else { &TYPES[..1] };
            queries.extend(types.iter().map(|media_type| (filled(path, ids), *media_type)));
        } else if query.is_object() && path.starts_with("/v1/audit/") {
            let name = query["operationId"].as_str().unwrap();
            assert!(HASHES.contains(&name), "{name} is not put on record");
        }
    }
    assert!(queries.len() >= 10, "the queries were not read: {queries:?}");
    queries
}

/// A path of the document, with the id of a room behind `rooms`, and so on.
fn filled(path: &str, ids: &[(&str, Uuid)]) -> String {
    let mut parts: Vec<String> = vec![];
    for part in path.split('/') {
        let named = parts.last().filter(|_| part.starts_with('{'));
        let id = named.and_then(|named| ids.iter().find(|(noun, _)| noun == named));
        parts.push(id.map_or_else(|| part.to_owned(), |(_, id)| id.to_string()));
    }
    parts.join("/")
}

async fn asks(auditor: &Person, path: &str, media_type: &str) -> Answer {
    let request = auditor.request("GET", path).header("audit-reason", "case 9").header("accept", media_type);
    request.send().await
}

#[tokio::test]
async fn what_the_log_takes_no_record_of_is_not_answered() {
    let (app, ada) = sealed().await;
    let (bob, room) = app.member_of_a_room("bob").await;
    let carol = app.registers("carol").await;
    let (sent, hold) = (bob.sends(&room, "said").await, held(&app, &ada, json!({"room_id": room.0})).await);
    let receipt = erases(&carol).await.expect(200);
    finished(&ada, &receipt).await;
    let queries = queries(&[("rooms", room.0), ("messages", sent.id), ("holds", hold), ("erasures", receipt.id())]);
    for (path, media_type) in &queries {
        asks(&ada, path, media_type).await.expect(200);
        assert_eq!(looks(&app).await.last(), Some(path), "it is on record");
    }

    app.takes_no_looks().await;
    let head = app.head().await;
    for (path, media_type) in &queries {
        asks(&ada, path, media_type).await.expect_problem(500, "internal");
    }
    assert_eq!(app.head().await, head);
}

/// Every command that looks at what is on record, with the files that it writes in a folder.
fn commands(folder: &Path, schema: &str) -> Vec<Vec<String>> {
    let to = |name: &str| format!("--output={}", folder.join(name).display());
    [
        vec!["audit", "export", "--open"],
        vec!["audit", "export", "--open", &to("export.ndjson")],
        vec!["audit", "export", "--format=cloudevents", &to("export.json")],
        vec!["audit", "export", "--format=parquet", &to("export.parquet")],
        vec!["audit", "prove", "--position=1", "--open"],
        vec!["audit", "prove", "--position=1", &to("proof.json")],
        vec!["replay", "--until=1", &format!("--schema={schema}")],
    ]
    .into_iter()
    .map(|command| command.into_iter().chain(["--reason=case 9"]).map(str::to_owned).collect())
    .collect()
}

#[tokio::test]
async fn what_the_log_takes_no_record_of_no_command_writes() {
    let (app, ada) = sealed().await;
    checkpoint(&app, &ada).await;
    let [before, after] = ["before", "after"].map(|name| app.setup.folder.path().join(name));
    for folder in [&before, &after] {
        std::fs::create_dir(folder).unwrap();
    }
    let written = commands(&before, "past_before");
    for command in &written {
        let looked = app.setup.command(command.iter().map(String::as_str)).await;
        assert!(looked.status.success(), "{command:?}: {looked:?}");
    }
    assert_eq!(looks(&app).await.len(), written.len(), "each is on record");

    app.takes_no_looks().await;
    for command in commands(&after, "past_after") {
        let refused = app.setup.command(command.iter().map(String::as_str)).await;
        assert!(!refused.status.success() && refused.stdout.is_empty(), "{command:?}: {refused:?}");
    }
    assert_eq!((names(&before).len(), names(&after)), (7, vec![]));
    let made: Vec<String> = sqlx::query_scalar("select nspname::text from pg_namespace where nspname like 'past%'")
        .fetch_all(&app.pool)
        .await
        .unwrap();
    assert_eq!(made, ["past_before"]);
}

/// What a folder holds.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
