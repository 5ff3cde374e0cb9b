//! Parts whose session ends while they come.

use super::{begins, brings, id, offset};
use crate::files::held::ends_before_it_is_a_file;
use crate::files::sending::Sending;
use crate::files::{count, file};
use crate::harness::person::PASSWORD;
use crate::harness::{Person, TestApp};

#[tokio::test]
async fn a_part_ends_with_its_session_and_nothing_of_it_stays() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let path = begins(&alice, "10").await;
    brings(&alice, &path, "0", "01", &[]).await.expect(204);
    // The second one comes whole, in a session that is over by then.
    for rest in [&b""[..], b"4"] {
        let phone = Person::signs_in(&app.url, &alice.email, PASSWORD).await;
        let mut part = Sending::part(&phone, &path, 2, 3, b"23").await;
        alice.delete(&format!("/v1/sessions/{}", phone.session())).await.expect(204);
        part.goes_on(rest).await;
        let told = part.answer().await;
        assert!(told.starts_with("HTTP/1.1 401 "), "{told}");
        assert_eq!(offset(&alice, &path).await, "2");
    }
    let last = brings(&alice, &path, "2", "23456789", &[]).await.expect(204);
    assert_eq!(alice.get(&file(id(&last), "/content")).await.expect(200).text, "0123456789");
}

#[tokio::test]
async fn an_upload_that_nobody_was_told_of_goes_with_the_session_of_its_first_part() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let phone = Person::signs_in(&app.url, &alice.email, PASSWORD).await;
    let head = "POST /v1/uploads HTTP/1.1\r\nTus-Resumable: 1.0.0\r\nUpload-Length: 10\r\n\
                Content-Type: application/offset+octet-stream\r\nContent-Length: 5";
    let part = Sending::begins(&phone, head, b"hel").await;
    assert!(count(&app, "resumed") > 0, "it is begun");
    alice.delete(&format!("/v1/sessions/{}", phone.session())).await.expect(204);
    let told = part.answer().await;
    assert!(told.starts_with("HTTP/1.1 401 "), "{told}");
    assert_eq!(count(&app, "resumed"), 0);
}

#[tokio::test]
async fn the_last_part_ends_with_its_session_while_it_becomes_a_file() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let path = begins(&alice, "10").await;
    brings(&alice, &path, "0", "01", &[]).await.expect(204);
    let phone = Person::signs_in(&app.url, &alice.email, PASSWORD).await;
    let part = Sending::part(&phone, &path, 2, 8, b"23").await;
    ends_before_it_is_a_file(&app, &alice, &phone, part, b"456789").await;
    assert_eq!(offset(&alice, &path).await, "2");
    let last = brings(&alice, &path, "2", "23456789", &[]).await.expect(204);
    assert_eq!(alice.get(&file(id(&last), "/content")).await.expect(200).text, "0123456789");
}

#[tokio::test]
async fn an_upload_that_came_whole_goes_with_its_session_while_it_becomes_a_file() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let phone = Person::signs_in(&app.url, &alice.email, PASSWORD).await;
    let head = "POST /v1/uploads HTTP/1.1\r\nTus-Resumable: 1.0.0\r\nUpload-Length: 5\r\n\
                Content-Type: application/offset+octet-stream\r\nContent-Length: 5";
    let part = Sending::begins(&phone, head, b"hel").await;
    ends_before_it_is_a_file(&app, &alice, &phone, part, b"lo").await;
    assert_eq!((count(&app, "resumed"), count(&app, "arriving"), count(&app, "kept")), (0, 0, 0));
}
