//! A mail server that takes what it is told to take.

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A mail server of one story.
#[derive(Debug)]
pub(crate) struct MailServer(TcpListener);

impl MailServer {
    pub(crate) async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    /// Its address, as the setting has it.
    pub(crate) fn url(&self) -> String {
        format!("smtp://{}", self.0.local_addr().unwrap())
    }

    /// Takes one connection, and says `verdict` of its recipient; the mail, if it was taken.
    pub(crate) async fn receives(&self, verdict: &str) -> Option<String> {
        let (mut stream, _) = self.0.accept().await.unwrap();
        says(&mut stream, "220 mail.example").await;
        let mut lines = BufReader::new(stream).lines();
        let mut mail = None;
        while let Some(line) = lines.next_line().await.unwrap() {
            let answer = match line.split(' ').next().unwrap() {
                "RCPT" => verdict,
                "DATA" => {
                    says(lines.get_mut().get_mut(), "354 go on").await;
                    let text: &mut String = mail.get_or_insert_default();
                    while let Some(line) = lines.next_line().await.unwrap().filter(|line| line != ".") {
                        text.push_str(&line);
                        text.push('\n');
                    }
                    "250 taken"
                }
                "QUIT" => "221 bye",
                _ => "250 mail.example",
            };
            says(lines.get_mut().get_mut(), answer).await;
        }
        mail
    }
}

async fn says(stream: &mut TcpStream, line: &str) {
    // Whoever was refused may be gone already.
    _ = stream.write_all(format!("{line}\r\n").as_bytes()).await;
}
