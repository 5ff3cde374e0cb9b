//! What queries take, and what they say besides what was asked.

use super::rows;
use super::scene::People;
use crate::harness::TestApp;

#[tokio::test]
async fn a_query_says_what_it_has_seen_and_refuses_what_it_does_not_know() {
    let app = TestApp::without_nats().await;
    let scene = People::of(&app).await.any_scene().await;
    app.settled().await;
    let seen = app.head().await;
    for row in rows().iter().filter(|row| row.is_query()) {
        let path = row.address(&scene);
        let ask = |method: &str, query: &str| {
            let parts: Vec<_> = [row.query(), query].into_iter().filter(|part| !part.is_empty()).collect();
            scene.asks.request(method, &format!("{path}?{}", parts.join("&"))).send()
        };
        let answer = ask("GET", "").await;
        assert_eq!((answer.status, answer.position()), (200, Some(seen)), "{}: {}", row.name, answer.text);
        assert_eq!(answer.header("cache-control"), Some("private, no-store"), "{}", row.name);
        let head = ask("HEAD", "").await;
        assert_eq!((head.status, head.text.as_str()), (200, ""), "{}", row.name);
        for header in ["content-type", "etag", "event-position", "cache-control"] {
            assert_eq!(head.header(header), answer.header(header), "{} {header}", row.name);
        }
        let refused = async |query: &str, status, slug| {
            let answer = ask("GET", query).await;
            let told = (answer.status, answer.problem());
            assert_eq!(told, (status, Some(slug)), "{} {query}: {}", row.name, answer.text);
        };
        for query in ["nonsense=1", "min_position=x", "min_position=-1", "min_position=1&min_position=1"] {
            refused(query, 400, "invalid-query").await;
        }
        refused(&format!("min_position={}", seen + 1000), 409, "position-unknown").await;
        if !row.takes("limit") {
            continue;
        }
        let fields: Vec<_> = answer.body.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["after", "before", "items"], "{}", row.name);
        for query in ["limit=0", "limit=201", "limit=-1", "limit=x", "limit=", "limit=99999999999999999999"] {
            refused(query, 400, "invalid-query").await;
        }
        for query in ["limit=1&limit=1", "before=x", "after=x", "before=", "before=AQ&after=AQ", "before=AXt9"] {
            refused(query, 400, "invalid-query").await;
        }
        assert_eq!(ask("GET", "limit=200").await.status, 200, "{}", row.name);
    }
}
