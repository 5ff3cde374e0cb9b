//! Mails, as they lie in the folder of a story's application.

use std::fs;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{Person, Setup, TestApp};

/// How long a mail may take.
const ARRIVES_WITHIN: Duration = Duration::from_secs(10);

impl Setup {
    /// The mails so far, in the order of their writing.
    pub(crate) fn mails(&self) -> Vec<String> {
        let Ok(files) = fs::read_dir(self.folder.path().join("mail")) else { return vec![] };
        let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "eml"));
        files.sort();
        files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
    }
}

impl TestApp {
    /// The mail that makes so many to an address.
    pub(crate) async fn mail_to(&self, email: &str, number: usize) -> String {
        let (to, deadline) = (format!("\r\nTo: {email}\r\n"), Instant::now() + ARRIVES_WITHIN);
        loop {
            let mut mails = self.setup.mails().into_iter().filter(|mail| mail.contains(&to));
            if let Some(mail) = mails.nth(number - 1) {
                return mail;
            }
            assert!(Instant::now() < deadline, "no mail {number} to {email}");
            // Polls the folder.
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Has somebody prove that they read what is mailed to their email, to which nothing was mailed before.
    pub(crate) async fn verifies(&self, person: &Person) {
        person.request("POST", "/v1/users/verification").send().await.expect(202);
        let token = token(&self.mail_to(&person.email, 1).await);
        self.request("POST", "/v1/users/verification").json(&json!({"token": token})).send().await.expect(204);
    }
}

/// What the link of a mail ends with.
pub(crate) fn token(mail: &str) -> String {
    let link = mail.lines().find(|line| line.contains("/hr1_") || line.contains("/hv1_")).expect("a link");
    link.rsplit('/').next().unwrap().to_owned()
}
