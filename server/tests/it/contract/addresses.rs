//! What stands in no path, and which methods a path takes.

use std::collections::BTreeMap;

use super::rows;
use super::scene::People;
use crate::harness::TestApp;

/// Nobody and nothing has this id.
const NOTHING: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// To take back what is not there is no mistake.
const TAKES_BACK: [&str; 1] = ["UnblockUser"];

#[tokio::test]
async fn what_is_no_id_or_the_id_of_nothing_is_not_found() {
    let app = TestApp::without_nats().await;
    let scene = People::of(&app).await.any_scene().await;
    app.settled().await;
    let head = app.head().await;
    for row in rows() {
        for name in row.ids() {
            let id = row.part(name, &scene);
            let braces = format!("%7B{id}%7D");
            for other in [&id.to_uppercase(), &id.replace('-', ""), &braces, "nonsense", "%00", NOTHING] {
                if other == NOTHING && row.is(&TAKES_BACK) {
                    continue;
                }
                let with = |part: &str| if part == name { other.to_owned() } else { row.part(part, &scene) };
                let answer = scene.asked_at(&scene.asks, &row, &row.address_with(with)).await;
                let told = (answer.status, answer.problem());
                assert_eq!(told, (404, Some("not-found")), "{} of {name} {other}: {}", row.name, answer.text);
            }
        }
    }
    assert_eq!(app.head().await, head);
}

#[tokio::test]
async fn a_path_takes_the_methods_of_its_rows_and_names_them() {
    let app = TestApp::without_nats().await;
    let scene = People::of(&app).await.any_scene().await;
    let mut paths = BTreeMap::<String, Vec<String>>::new();
    for row in rows() {
        paths.entry(row.path.clone()).or_insert_with(|| vec![row.address(&scene)]).push(row.method);
    }
    let head = app.head().await;
    for (address, methods) in paths.values().filter_map(|path| path.split_first()) {
        let mut named: Vec<_> = methods.iter().map(String::as_str).collect();
        named.extend(named.contains(&"GET").then_some("HEAD"));
        named.sort_unstable();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
            if named.contains(&method) {
                continue;
            }
            let answer = scene.asks.request(method, address).send().await;
            let told = (answer.status, answer.problem());
            assert_eq!(told, (405, Some("method-not-allowed")), "{method} {address}: {}", answer.text);
            let mut allowed: Vec<_> = answer.header("allow").expect("Allow").split(',').map(str::trim).collect();
            allowed.sort_unstable();
            assert_eq!(allowed, named, "{method} {address}");
        }
    }
    assert_eq!(app.head().await, head);
    for path in ["/v1", "/v1/", "/v1/nothing", "/v1/rooms/", "/v1/rooms//messages", "/v2/rooms", "/v1/users/me/"] {
        scene.asks.request("GET", path).send().await.expect_problem(404, "not-found");
    }
}
