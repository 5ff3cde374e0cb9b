//! Who comes to an upload while it becomes a file.

use super::{begins, brings, offset, tus};
use crate::files::file;
use crate::files::held::Held;
use crate::files::sending::Sending;
use crate::harness::TestApp;

#[tokio::test]
async fn who_comes_while_an_upload_becomes_a_file_is_answered_once_it_is_one() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    for method in ["HEAD", "PATCH", "DELETE"] {
        let path = begins(&alice, "5").await;
        brings(&alice, &path, "0", "hel", &[]).await.expect(204);
        let mut part = Sending::part(&alice, &path, 3, 2, b"l").await;
        let held = Held::usage(&app).await;
        part.goes_on(b"o").await;
        held.is_waited_for(&app).await;
        let comes = async {
            match method {
                "HEAD" => assert_eq!(offset(&alice, &path).await, "5"),
                "PATCH" => {
                    brings(&alice, &path, "3", "lo", &[]).await.expect_problem(409, "upload-offset");
                }
                _ => {
                    tus(&alice, "DELETE", &path, &[], "").await.expect(204);
                }
            }
        };
        tokio::join!(comes, held.ends());
        let told = part.answer().await;
        assert!(told.starts_with("HTTP/1.1 204 "), "{told}");
        let id = told.lines().find_map(|line| line.to_lowercase().strip_prefix("hansard-file-id: ").map(str::to_owned));
        let content = alice.get(&file(id.unwrap().parse().unwrap(), "/content")).await.expect(200);
        assert_eq!(content.text, "hello");
    }
}
