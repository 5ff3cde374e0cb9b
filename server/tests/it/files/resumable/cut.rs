//! Uploads whose connection, or server, goes away.

use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{begins, brings, id, offset, tus};
use crate::files::{file, hex};
use crate::harness::{Person, Setup, TestApp};

/// Sends some of a part, and leaves the connection as it is.
async fn begins_part(person: &Person, url: &str, path: &str, from: usize, bytes: &[u8], of: usize) -> TcpStream {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).await.unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nTus-Resumable: 1.0.0\r\nUpload-Offset: {from}\r\n\
         Content-Type: application/offset+octet-stream\r\nContent-Length: {of}\r\n\r\n",
        person.token
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

#[tokio::test]
async fn a_part_whose_connection_hangs_gives_way_to_the_next() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let path = begins(&alice, "5").await;
    // It says that more comes, and neither sends it nor goes away.
    let hanging = begins_part(&alice, &app.url, &path, 0, b"hel", 5).await;
    let came = loop {
        // What was read before the other came, stays; how much that is, is the server's to say. A part that was sent
        // before this question may come after it, and take its turn.
        let answer = tus(&alice, "HEAD", &path, &[], "").await;
        if answer.status == 503 {
            continue;
        }
        let came: usize = answer.expect(200).header("upload-offset").unwrap().parse().unwrap();
        if came == 3 {
            break came;
        }
        drop(begins_part(&alice, &app.url, &path, came, &b"hel"[came..], 5 - came).await);
    };
    drop(hanging);
    assert_eq!(came, 3);
    let last = brings(&alice, &path, "3", "lo", &[]).await.expect(204);
    assert_eq!(alice.get(&file(id(&last), "/content")).await.expect(200).text, "hello");
}

#[tokio::test]
async fn an_upload_goes_on_after_its_server_was_killed() {
    let setup = Setup::without_nats().await;
    let bytes: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let mut server = setup.spawn().await;
    let alice = Person::registers(&server.url, "alice").await;
    let path = begins(&alice, &bytes.len().to_string()).await;
    let (mut came, mut rounds) = (0, 0);
    while came < bytes.len() {
        let alice = alice.at(&server.url);
        let until = bytes.len().min(came + 5_000_000);
        let stream = begins_part(&alice, &server.url, &path, came, &bytes[came..until], bytes.len() - came).await;
        server.kill().await;
        drop(stream);
        server = setup.spawn().await;
        let now: usize = offset(&alice.at(&server.url), &path).await.parse().unwrap();
        assert!((came..=until).contains(&now), "{now} of {came} to {until}");
        came = now;
        rounds += 1;
        if rounds == 6 {
            break;
        }
    }
    let alice = alice.at(&server.url);
    let rest = alice.request("PATCH", &path).header("tus-resumable", "1.0.0").header("upload-offset", came.to_string());
    let rest = rest.header("content-type", "application/offset+octet-stream").bytes(bytes[came..].to_vec());
    let last = rest.send().await.expect(204);
    let shown = alice.get(&file(id(&last), "")).await.expect(200).body;
    assert_eq!(shown["hash"], format!("sha256:{}", hex(&Sha256::digest(&bytes))));
    tus(&alice, "DELETE", &path, &[], "").await.expect(204);
}
