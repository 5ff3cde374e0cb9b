//! Uploads that are cut by who sends them, or whose server is killed: what is on record is whole, and nothing else stays.

use std::time::Duration;

use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep};

use super::{count, file, hex};
use crate::harness::{Person, Setup, TestApp, environment};

/// More than is gathered before it is written.
const LENGTH: usize = 1_500_000;

/// What is forwarded.
const LARGE: usize = 10 * 1024 * 1024;

/// Bytes that no other round has.
fn bytes(round: usize) -> Vec<u8> {
    let line = format!("{round:07}\n");
    line.into_bytes().into_iter().cycle().take(LENGTH).collect()
}

/// Sends the first bytes of an upload, and leaves the connection as it is.
async fn begins(person: &Person, url: &str, bytes: &[u8], until: usize) -> TcpStream {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
    let head = format!(
        "POST /v1/files?filename=x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
        person.token,
        bytes.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&bytes[..until]).await.unwrap();
    stream
}

/// Waits for what comes to be; it is polled, as it is of no event.
async fn comes_to<F: Future<Output = bool>>(what: &str, is: impl Fn() -> F) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is().await {
        assert!(Instant::now() < deadline, "{what}");
        // Polls the disk.
        sleep(Duration::from_millis(10)).await;
    }
}

/// Everything on record is whole, and, once its time is over, nothing is kept that is not on record.
async fn is_whole(app: &TestApp, alice: &Person, at_least: usize) {
    app.settled().await;
    let files = sqlx::query_as::<_, (uuid::Uuid, i64, String)>("select id, size, sha256 from read.file");
    let files = files.fetch_all(&app.pool).await.unwrap();
    assert!(files.len() >= at_least, "{} of at least {at_least} are on record", files.len());
    for (id, size, sha256) in &files {
        let content = alice.get(&file(*id, "/content")).await.expect(200).text;
        let digest = hex(&Sha256::digest(&content));
        assert_eq!((i64::try_from(content.len()).unwrap(), &digest), (*size, sha256));
    }
    app.setup.context.advance(time::Duration::hours(7));
    comes_to("what was on its way is swept", async || count(app, "arriving") == 0).await;
    comes_to("what is not on record goes", async || app.setup.blobs_kept().await == files.len()).await;
}

#[tokio::test]
async fn uploads_that_are_cut_or_whose_server_is_killed_leave_whole_files_alone() {
    let (cuts, kills) = environment::upload_rounds();
    let setup = Setup::without_nats().await.with_clock().flag("--blobs-grace=0s").flag("--blobs-collect-every=20ms");
    let mut server = setup.spawn().await;
    let alice = server.registers("alice").await;
    let mut answered = 0;
    for round in 0..cuts {
        // From nothing to all of it.
        drop(begins(&alice, &server.url, &bytes(round), LENGTH * round / cuts.max(2).saturating_sub(1)).await);
    }
    for round in 0..kills {
        let bytes = bytes(cuts + round);
        let whole = begins(&alice, &server.url, &bytes, LENGTH).await;
        let half = begins(&alice, &server.url, &bytes, LENGTH * (round + 1) / (kills + 1)).await;
        let mut answer = [0; 12];
        if round % 2 == 0 {
            let mut whole = whole;
            whole.read_exact(&mut answer).await.unwrap();
            assert_eq!(&answer, b"HTTP/1.1 201", "round {round}");
            answered += 1;
        }
        server.kill().await;
        drop(half);
        server = setup.spawn().await;
    }
    server.kill().await;
    let app = setup.start().await;
    is_whole(&app, &alice.at(&app.url), answered).await;
}

#[tokio::test]
async fn forwards_take_no_room_and_the_last_to_go_frees_it() {
    let times = environment::forwards();
    let app = Setup::without_nats().await.flag("--blobs-grace=0s").flag("--blobs-collect-every=10ms").start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let id = alice.uploads("large", vec![b'x'; LARGE]).await;
    let sent = alice.sends_files(&room, "", &[id]).await;
    let second = alice.creates_room("second").await;
    for _ in 0..times {
        alice.post(&room.message(&sent, "/forwards"), json!({"to_room_id": second.0})).await.expect(201);
    }
    app.settled().await;
    let files = sqlx::query_scalar::<_, uuid::Uuid>("select id from read.file where not deleted order by id");
    let files = files.fetch_all(&app.pool).await.unwrap();
    assert_eq!((files.len(), app.setup.blobs_kept().await), (times + 1, 1));
    let (last, others) = files.split_last().unwrap();
    for id in others {
        alice.delete(&file(*id, "")).await.expect(204);
    }
    assert_eq!(alice.get(&file(*last, "/content")).await.expect(200).text.len(), LARGE);
    alice.delete(&file(*last, "")).await.expect(204);
    comes_to("the bytes go with the last", async || app.setup.blobs_kept().await == 0).await;
}
