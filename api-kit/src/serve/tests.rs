use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
use axum::routing::{get, post};
use futures::StreamExt;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::*;

const LOOPBACK: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// Far shorter than [`LONG`], yet long enough for a busy machine to answer within.
const SHORT: Duration = Duration::from_millis(300);

/// A server whose `/wait` answers when it is told to.
struct Served {
    address: SocketAddr,
    shutdown: CancellationToken,
    /// Has a sender for each request that waits.
    waiting: mpsc::UnboundedReceiver<mpsc::Sender<()>>,
    upgraded: mpsc::UnboundedReceiver<OnUpgrade>,
    tasks: JoinSet<()>,
}

fn served(settings: ServeSettings) -> Served {
    let (arrived, waiting) = mpsc::unbounded_channel();
    let wait = async move || {
        let (go, mut told) = mpsc::channel(1);
        arrived.send(go).unwrap();
        told.recv().await;
        "waited"
    };
    let (agreed, upgraded) = mpsc::unbounded_channel();
    let upgrade = async move |mut request: Request| {
        agreed.send(hyper::upgrade::on(&mut request)).unwrap();
        (StatusCode::SWITCHING_PROTOCOLS, [("connection", "upgrade"), ("upgrade", "echo")])
    };
    let endless = async || {
        let chunks = futures::stream::repeat(Bytes::from(vec![b'x'; 65_536]));
        Body::from_stream(chunks.map(Ok::<_, Infallible>))
    };
    let router = Router::new()
        .route("/", get(async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string()))
        .route("/wait", get(wait))
        .route("/endless", get(endless))
        .route("/upgrade", get(upgrade))
        .route("/json", post(async |crate::Json(value): crate::Json<String>| value));
    let listener = listen(LOOPBACK).unwrap();
    let (address, shutdown, mut tasks) = (listener.local_addr().unwrap(), CancellationToken::new(), JoinSet::new());
    tasks.spawn(serve(listener, router, settings, Context::ambient(), shutdown.clone()));
    Served { address, shutdown, waiting, upgraded, tasks }
}

impl Served {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends `text` on a new connection.
    async fn send(&self, text: &str) -> TcpStream {
        let mut stream = self.connect().await;
        stream.write_all(text.as_bytes()).await.unwrap();
        stream
    }

    /// Waits until `serve` has returned.
    async fn stopped(&mut self) {
        within(self.tasks.join_next()).await.unwrap().unwrap();
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(LONG, future).await.expect("this takes too long")
}

/// Everything until the server closes the connection.
async fn rest(mut stream: TcpStream) -> String {
    let mut text = vec![];
    // A reset says that it is closed, too.
    let _ = within(stream.read_to_end(&mut text)).await;
    String::from_utf8(text).unwrap()
}

/// The request's id in an answer's head.
fn id_of(answer: &str) -> &str {
    answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).expect("it is named")
}

#[tokio::test]
async fn many_who_come_at_once_wait_to_be_accepted() {
    let listener = listen(LOOPBACK).unwrap();
    let address = listener.local_addr().unwrap();
    // Whoever does not fit into the queue hears nothing for as long as nobody accepts.
    let coming = (0..400).map(|_| TcpStream::connect(address));
    assert_eq!(within(futures::future::try_join_all(coming)).await.unwrap().len(), 400);
    drop(listener);
}

#[tokio::test]
async fn a_request_is_answered_with_its_peer_known() {
    let served = served(ServeSettings::default());
    let answer = rest(served.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("127.0.0.1"), "{answer}");
}

#[tokio::test]
async fn a_client_slow_with_its_head_is_cut() {
    let served = served(ServeSettings { header_within: SHORT, ..Default::default() });
    let began = Instant::now();
    let (silent, half) = (served.connect().await, served.send("GET / HTTP/1.1\r\nhost: x\r\n").await);
    assert!(!rest(silent).await.contains("200") && !rest(half).await.contains("200"));
    assert!(began.elapsed() >= SHORT);
    let idle = served.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(rest(idle).await.starts_with("HTTP/1.1 200"), "and one that stays idle after its answer");
}

#[tokio::test]
async fn a_client_slow_with_its_body_is_told_so() {
    let served = served(ServeSettings { body_pause: SHORT, ..Default::default() });
    let head = "POST /json HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10\r\n\r\n\"ab";
    let answer = rest(served.send(head).await).await;
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("/problems/request-timeout"), "{answer}");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut() {
    let mut served = served(ServeSettings { write_pause: SHORT, drain_within: LONG * 2, ..Default::default() });
    let deaf = served.send("GET /endless HTTP/1.1\r\nhost: x\r\n\r\n").await;
    deaf.readable().await.unwrap();
    served.shutdown.cancel();
    served.stopped().await;
}

#[tokio::test]
async fn past_the_limit_connections_are_refused_in_words() {
    let mut served = served(ServeSettings { connections: 2, ..Default::default() });
    let request = "GET /wait HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let (one, two) = (served.send(request).await, served.send(request).await);
    let go = [within(served.waiting.recv()).await.unwrap(), within(served.waiting.recv()).await.unwrap()];
    let refused = rest(served.send(request).await).await;
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("retry-after: 2"), "{refused}");
    assert!(refused.contains("/problems/overloaded"), "{refused}");
    for header in ["cache-control: private, no-store", "x-content-type-options: nosniff"] {
        assert!(refused.contains(&format!("\r\n{header}\r\n")), "{header}: {refused}");
    }
    let (made, id) = (id_of(&refused), "7-of-mine");
    assert!(made.parse::<uuid::Uuid>().is_ok() && refused.contains(&format!("\"request_id\":\"{made}\"")), "{refused}");
    let mut named = served.send("GET /wait HTTP/1.1\r\nhost: x\r\nX-Request-").await;
    named.write_all(format!("ID: {id}\r\n\r\nx-request-id: in the body").as_bytes()).await.unwrap();
    let refused = rest(named).await;
    assert_eq!(id_of(&refused), id);
    assert!(refused.contains(&format!("\"request_id\":\"{id}\"")), "{refused}");
    drop(go);
    assert!(rest(one).await.ends_with("waited") && rest(two).await.ends_with("waited"));
    let again = async {
        // The place is free a moment after the last byte arrived.
        while !rest(served.send("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await)
            .await
            .starts_with("HTTP/1.1 200")
        {}
    };
    within(again).await;
}

#[tokio::test]
async fn shutdown_lets_requests_finish_and_takes_no_more() {
    let mut served = served(ServeSettings::default());
    let running = served.send("GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let go = within(served.waiting.recv()).await.unwrap();
    let idle = served.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    idle.readable().await.unwrap();
    served.shutdown.cancel();
    assert!(rest(idle).await.starts_with("HTTP/1.1 200"), "closed at once");
    let refused = async { while TcpStream::connect(served.address).await.is_ok() {} };
    within(refused).await;
    go.send(()).await.unwrap();
    assert!(rest(running).await.ends_with("waited"));
    served.stopped().await;
}

#[tokio::test]
async fn shutdown_does_not_wait_for_ever() {
    let mut served = served(ServeSettings { drain_within: SHORT, ..Default::default() });
    let stuck = served.send("GET /wait HTTP/1.1\r\nhost: x\r\n\r\n").await;
    let _go = within(served.waiting.recv()).await.unwrap();
    let began = Instant::now();
    served.shutdown.cancel();
    served.stopped().await;
    assert!(began.elapsed() >= SHORT);
    assert_eq!(rest(stuck).await, "");
}

#[tokio::test]
async fn a_large_head_is_refused() {
    let served = served(ServeSettings { header_within: SHORT, ..Default::default() });
    let answer =
        rest(served.send(&format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "x".repeat(1_000_000))).await).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn an_upgraded_connection_keeps_its_place_and_outlives_the_loop() {
    let mut served = served(ServeSettings { connections: 1, ..Default::default() });
    let mut client =
        served.send("GET /upgrade HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n").await;
    let mut other_end = TokioIo::new(within(within(served.upgraded.recv()).await.unwrap()).await.unwrap());
    let refused = rest(served.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n").await).await;
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    served.shutdown.cancel();
    served.stopped().await;
    client.write_all(b"still").await.unwrap();
    let mut heard = [0; 5];
    within(other_end.read_exact(&mut heard)).await.unwrap();
    other_end.write_all(&heard).await.unwrap();
    drop(other_end);
    let said = rest(client).await;
    assert!(said.starts_with("HTTP/1.1 101") && said.ends_with("still"), "{said}");
}
