//! What is told of a process, and how often it is looked at for that.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use futures::FutureExt;
use futures::future::join_all;
use time::Duration;
use time::macros::datetime;
use tower::ServiceExt;

use super::Health::{Degraded, Down, Ready};
use super::*;

/// Tells what it was made with, and counts how often it was looked at.
struct Told {
    known: Vec<Check>,
    asked: Mutex<Vec<Check>>,
    looks: AtomicUsize,
}

impl Told {
    fn of(known: &[(&'static str, Health)], asked: &[(&'static str, Health)]) -> Arc<Self> {
        let (known, asked) = (checks(known), Mutex::new(checks(asked)));
        Arc::new(Self { known, asked, looks: AtomicUsize::new(0) })
    }

    fn looks(&self) -> usize {
        self.looks.load(Ordering::Relaxed)
    }
}

fn checks(of: &[(&'static str, Health)]) -> Vec<Check> {
    of.iter().map(|(name, status)| Check::of(name, *status)).collect()
}

impl Readiness for Told {
    fn known(&self) -> Vec<Check> {
        self.known.clone()
    }

    fn check(&self) -> BoxFuture<'static, Vec<Check>> {
        self.looks.fetch_add(1, Ordering::Relaxed);
        let asked = self.asked.lock().unwrap().clone();
        async move {
            // Not at once: others come while it is looked.
            tokio::task::yield_now().await;
            asked
        }
        .boxed()
    }
}

struct Stuck;

impl Readiness for Stuck {
    fn known(&self) -> Vec<Check> {
        vec![]
    }

    fn check(&self) -> BoxFuture<'static, Vec<Check>> {
        std::future::pending().boxed()
    }
}

fn clock() -> Context {
    Context::fixed(datetime!(2025-03-01 12:00 UTC), 7)
}

/// The status of an answer, and its body.
async fn readyz(router: &Router) -> (u16, String) {
    let request = Request::get("/readyz").body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    (status, String::from_utf8(to_bytes(response.into_body(), 4096).await.unwrap().to_vec()).unwrap())
}

#[tokio::test]
async fn the_worst_check_is_the_status() {
    let (status, body) = readyz(&routes(Told::of(&[("nats", Degraded)], &[("postgres", Ready)]), clock())).await;
    assert_eq!(status, 200);
    insta::assert_snapshot!(body, @r#"{"status":"degraded","checks":[{"name":"nats","status":"degraded"},{"name":"postgres","status":"ready"}]}"#);
    assert_eq!(readyz(&routes(Told::of(&[("nats", Degraded)], &[("postgres", Down)]), clock())).await.0, 503);
    assert_eq!(readyz(&routes(Told::of(&[("process", Down)], &[("postgres", Ready)]), clock())).await.0, 503);
    assert_eq!(readyz(&routes(Told::of(&[], &[]), clock())).await.0, 200);
}

#[tokio::test]
async fn a_check_that_hangs_is_down() {
    assert_eq!(readyz(&routes(Arc::new(Stuck), clock())).await.0, 503);
}

#[tokio::test]
async fn whoever_asks_within_a_second_is_told_what_one_look_found() {
    let (told, clock) = (Told::of(&[], &[("blobs", Ready)]), clock());
    let router = routes(Arc::clone(&told) as Arc<dyn Readiness>, clock.clone());
    let at_once = join_all((0..100).map(|_| readyz(&router))).await;
    assert!(at_once.iter().all(|(status, _)| *status == 200));
    *told.asked.lock().unwrap() = checks(&[("blobs", Down)]);
    clock.advance(Duration::milliseconds(999));
    assert_eq!((readyz(&router).await.0, told.looks()), (200, 1));

    clock.advance(Duration::milliseconds(1));
    let at_once = join_all((0..100).map(|_| readyz(&router))).await;
    assert!(at_once.iter().all(|(status, _)| *status == 503), "what is down by then is told");
    assert_eq!(told.looks(), 2);
    // The clock was set back.
    clock.advance(-Duration::HOUR);
    assert_eq!((readyz(&router).await.0, told.looks()), (503, 3));
}

#[tokio::test]
async fn a_look_that_nobody_waited_for_is_gone_on_with() {
    let told = Told::of(&[], &[("blobs", Ready)]);
    let router = routes(Arc::clone(&told) as Arc<dyn Readiness>, clock());
    for _ in 0..10 {
        // The first of them leaves in the midst of it.
        _ = readyz(&router).now_or_never();
    }
    assert_eq!((readyz(&router).await.0, told.looks()), (200, 1));
}
