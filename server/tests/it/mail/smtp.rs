//! A mail server that takes mail, puts it off, or refuses it.

use serde_json::json;

use crate::harness::mail::token;
use crate::harness::mail_server::MailServer;
use crate::harness::{Setup, TestApp};

async fn forgets(app: &TestApp, email: &str) {
    app.request("POST", "/v1/password-resets").json(&json!({"email": email})).send().await.expect(202);
}

#[tokio::test]
async fn a_mail_server_gets_what_is_mailed_and_is_asked_again_if_it_puts_it_off() {
    let server = MailServer::start().await;
    let setup = Setup::without_nats().await.flag(format!("--smtp-url={}", server.url()));
    let app = setup.flag("--mail-from=Chat <chat@example.org>").start().await;
    let alice = app.registers("alice").await;
    forgets(&app, &alice.email).await;
    assert_eq!(server.receives("451 alice@example.org is busy").await, None);
    let mail = server.receives("250 welcome").await.expect("it is tried again");
    assert!(mail.contains("From: Chat <chat@example.org>\n") && mail.contains("To: alice@example.org\n"), "{mail}");
    let path = format!("/v1/password-resets/{}", token(&mail));
    app.request("PUT", &path).json(&json!({"password": "another rather long one"})).send().await.expect(204);
    assert!(app.setup.mails().is_empty());
}

#[tokio::test]
async fn a_refused_mail_is_counted_and_its_address_not_logged() {
    let server = MailServer::start().await;
    let setup = Setup::without_nats().await;
    let mut process = setup.spawn_with(&[&format!("--smtp-url={}", server.url())]).await;
    let alice = process.registers("alice").await;
    alice.request("POST", "/v1/users/verification").send().await.expect(202);
    assert_eq!(server.receives("550 alice@example.org is unknown here").await, None);
    process.says("a mail was not delivered").await;
    let log = format!("{:?}", process.log.lock().unwrap());
    assert!(!log.contains("alice"), "{log}");
    let metrics = process.metrics().await;
    assert!(metrics.contains(r#"hansard_mails_total{outcome="failed"} 1"#), "{metrics}");
}

#[tokio::test]
async fn settings_of_mail_that_cannot_be_are_refused_at_the_start() {
    let setup = Setup::without_nats().await;
    for (flag, setting) in [("--mail-from=nobody", "HANSARD_MAIL_FROM"), ("--smtp-url=mail", "HANSARD_SMTP_URL")] {
        let flags = setup.flags();
        let arguments = ["serve"].into_iter().chain(flags.iter().map(String::as_str)).chain([flag]);
        let refused = setup.command(arguments).await;
        assert_eq!(refused.status.code(), Some(1));
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(said.contains(&format!("hansard: {setting} is no address")), "{said}");
    }
}
