use axum::Router;
use axum::http::Request;
use axum::routing::get;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::harness::{ask, empty, within_edge};

#[derive(Debug, Deserialize)]
struct Filter {
    kind: Option<String>,
}

async fn asked(query: &str) -> Result<String, String> {
    let show = async |page: Page<(i64, String), Filter>| format!("{} {:?} {:?}", page.limit, page.at, page.query.kind);
    let router = within_edge(Router::new().route("/", get(show)));
    let answered = ask(&router, empty(Request::get(format!("/?{query}")))).await;
    if answered.status == 200 {
        return Ok(answered.text);
    }
    assert_eq!(answered.problem(), (400, "invalid-query".to_owned()));
    Err(answered.json()["detail"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_page_is_asked_for() {
    assert_eq!(asked("").await.unwrap(), "50 Start None");
    assert_eq!(asked("limit=200&kind=x&min_position=3").await.unwrap(), "200 Start Some(\"x\")");
    let cursor = cursor(&(7, "é"));
    assert_eq!(asked(&format!("before={cursor}&limit=1")).await.unwrap(), "1 Before((7, \"é\")) None");
    assert_eq!(asked(&format!("after={cursor}")).await.unwrap(), "50 After((7, \"é\")) None");
}

#[tokio::test]
async fn what_is_no_page_is_refused() {
    for limit in ["0", "201", "-1", "x", "", "1&limit=2"] {
        assert!(asked(&format!("limit={limit}")).await.unwrap_err().starts_with("limit: "), "{limit}");
    }
    let cursor = cursor(&(7, "x"));
    let both = asked(&format!("before={cursor}&after={cursor}")).await.unwrap_err();
    assert_eq!(both, "before and after exclude each other");
    let (other, nul, longer) = (super::cursor(&"x"), super::cursor(&(7, "\0")), format!("{cursor}A"));
    for bad in ["", "7", "!", &cursor[1..], &cursor[..8], &other, &nul, &longer] {
        assert_eq!(asked(&format!("after={bad}")).await.unwrap_err(), "after: not a cursor of this list", "{bad}");
    }
    assert_eq!(asked("colour=red").await.unwrap_err(), "colour: no such parameter");
}

/// Reads a page of the list 0, 1, ..., `length` - 1, as a query over an index would.
fn read(length: i64, limit: u16, start: Start, at: At<i64>) -> Items<i64> {
    let page = Page { limit, at, query: NoParameters {} };
    let fetch = usize::try_from(page.fetch()).unwrap();
    let all = 0..length;
    let rows: Vec<i64> = match at {
        At::Start if start == Start::First => all.take(fetch).collect(),
        At::Start => all.rev().take(fetch).collect(),
        At::Before(place) => all.rev().filter(|row| *row < place).take(fetch).collect(),
        At::After(place) => all.filter(|row| *row > place).take(fetch).collect(),
    };
    page.cut(start, rows, |row| *row)
}

proptest! {
    #[test]
    fn a_cursor_reads_back(number in any::<i64>(), text in r"[^\x00]*") {
        prop_assert_eq!(place::<(i64, String)>("after", &cursor(&(number, &text))).unwrap(), (number, text));
    }

    #[test]
    fn no_cursor_makes_it_panic(text in ".{0,40}") {
        let _ = place::<(i64, String)>("after", &text);
    }

    #[test]
    fn every_item_is_on_one_page_in_order(length in 0..40_i64, limit in 1..10_u16, last in any::<bool>()) {
        let start = if last { Start::Last } else { Start::First };
        let mut page = read(length, limit, start, At::Start);
        let beyond = if last { &page.after } else { &page.before };
        prop_assert!(beyond.is_none());
        let mut seen = page.items.clone();
        while let Some(cursor) = if last { page.before.take() } else { page.after.take() } {
            let at = place("cursor", &cursor).unwrap();
            page = read(length, limit, start, if last { At::Before(at) } else { At::After(at) });
            prop_assert!(!page.items.is_empty() && page.items.len() <= limit.into());
            seen = if last { [page.items.clone(), seen].concat() } else { [seen, page.items.clone()].concat() };
            let back = if last { &page.after } else { &page.before };
            prop_assert!(back.is_some(), "one can go back");
        }
        prop_assert_eq!(seen, (0..length).collect::<Vec<_>>());
    }
}
