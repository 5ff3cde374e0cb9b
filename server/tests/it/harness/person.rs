//! Somebody who is signed in, and what people do.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use serde_json::{Value, json};
use uuid::Uuid;

use super::request::{Request, client};
use super::room::Sent;
use super::{Answer, Room};

/// What everybody's password is.
pub(crate) const PASSWORD: &str = "a rather long one";

/// Somebody who is signed in. What they ask for, they ask for as of what they did before.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) token: String,
    url: String,
    http: reqwest::Client,
    /// The newest position that an answer to them has named.
    seen: Arc<AtomicI64>,
}

impl Person {
    /// Registers with the email `<name>@example.org`, and signs in.
    pub(crate) async fn registers(url: &str, name: &str) -> Self {
        Self::registers_as(url, name, &format!("{name}@example.org")).await
    }

    /// Registers with an email that is not made of the name, and signs in.
    pub(crate) async fn registers_as(url: &str, name: &str, email: &str) -> Self {
        let body = json!({"email": email, "password": PASSWORD, "display_name": name});
        Request::new(&client(), "POST", &format!("{url}/v1/users")).json(&body).send().await.expect(201);
        Self::signs_in(url, email, PASSWORD).await
    }

    /// Signs in to an account that is there.
    pub(crate) async fn signs_in(url: &str, email: &str, password: &str) -> Self {
        let http = client();
        let body = json!({"email": email, "password": password});
        let session = Request::new(&http, "POST", &format!("{url}/v1/sessions")).json(&body).send().await.expect(201);
        let text = |field: &str| session.body[field].as_str().expect(field).to_owned();
        Self {
            id: text("user_id").parse().unwrap(),
            email: email.to_owned(),
            token: text("token"),
            url: url.to_owned(),
            http,
            seen: Arc::new(AtomicI64::new(session.position().unwrap_or(0))),
        }
    }

    /// The session that their token is of.
    pub(crate) fn session(&self) -> Uuid {
        self.token.split('_').nth(1).and_then(|id| id.parse().ok()).expect("a token names its session")
    }

    /// Where they ask.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The same person, asking another process.
    pub(crate) fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// A request of theirs, with their token and nothing else.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        Request::new(&self.http, method, &format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {}", self.token))
    }

    /// Asks for something as of what they did before.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let seen = self.seen.load(Ordering::Relaxed).to_string();
        self.noting(self.request("GET", path).header("min-event-position", seen).patiently().await)
    }

    /// The same, asked once: whoever is further behind than a query waits for says so.
    pub(crate) async fn get_at_once(&self, path: &str) -> Answer {
        let seen = self.seen.load(Ordering::Relaxed).to_string();
        self.noting(self.request("GET", path).header("min-event-position", seen).send().await)
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.noting(self.request("POST", path).json(&body).send().await)
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.noting(self.request("PUT", path).json(&body).send().await)
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.noting(self.request("PATCH", path).json(&body).send().await)
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.noting(self.request("DELETE", path).send().await)
    }

    /// Remembers how far the answer has seen.
    pub(super) fn noting(&self, answer: Answer) -> Answer {
        self.seen.fetch_max(answer.position().unwrap_or(0), Ordering::Relaxed);
        answer
    }

    /// Makes a private group.
    pub(crate) async fn creates_room(&self, name: &str) -> Room {
        Room(self.post("/v1/rooms", json!({"type": "group", "name": name})).await.expect(201).id())
    }

    /// Makes a public group.
    pub(crate) async fn creates_public_room(&self, name: &str) -> Room {
        Room(
            self.post("/v1/rooms", json!({"type": "group", "visibility": "public", "name": name}))
                .await
                .expect(201)
                .id(),
        )
    }

    pub(crate) async fn adds(&self, room: &Room, other: &Self) {
        self.put(&room.path(&format!("/members/{}", other.id)), json!({})).await.expect(201);
    }

    pub(crate) async fn removes(&self, room: &Room, other: &Self) {
        self.delete(&room.path(&format!("/members/{}", other.id))).await.expect(204);
    }

    /// Says what every member of a room of theirs may do.
    pub(crate) async fn allows(&self, room: &Room, permissions: &[&str]) {
        self.patch(&room.path(""), json!({"permissions": permissions})).await.expect(200);
    }

    pub(crate) async fn leaves(&self, room: &Room) {
        self.removes(room, self).await;
    }

    /// Sends a message, once the read models know all whom it may mention.
    pub(crate) async fn sends(&self, room: &Room, text: &str) -> Sent {
        let sending = self.request("POST", &room.path("/messages")).json(&json!({"text": text}));
        let sent = self.noting(sending.patiently().await).expect(201);
        Sent { id: sent.id(), position: sent.position().expect("a position") }
    }

    /// Uploads a file; its id.
    pub(crate) async fn uploads(&self, filename: &str, bytes: impl Into<reqwest::Body>) -> Uuid {
        self.upload(filename, bytes).await.expect(201).id()
    }

    /// The answer to an upload.
    pub(crate) async fn upload(&self, filename: &str, bytes: impl Into<reqwest::Body>) -> Answer {
        self.upload_with(&[("filename", filename)], bytes).await
    }

    /// The answer to an upload for a secret room.
    pub(crate) async fn whispers(&self, room: &Room, filename: &str, bytes: impl Into<reqwest::Body>) -> Answer {
        self.upload_with(&[("filename", filename), ("room", &room.0.to_string())], bytes).await
    }

    async fn upload_with(&self, parameters: &[(&str, &str)], bytes: impl Into<reqwest::Body>) -> Answer {
        let query = reqwest::Url::parse_with_params(&self.url, parameters).unwrap();
        let path = format!("/v1/files?{}", query.query().unwrap_or_default());
        self.noting(self.request("POST", &path).bytes(bytes).send().await)
    }

    /// Makes a secret room with somebody.
    pub(crate) async fn confides_in(&self, other: &Self) -> Room {
        let body = json!({"type": "secret", "member_ids": [other.id]});
        Room(self.post("/v1/rooms", body).await.expect(201).id())
    }

    /// Sends files to a room with a text.
    pub(crate) async fn sends_files(&self, room: &Room, text: &str, files: &[Uuid]) -> Sent {
        let sent = self.post(&room.path("/messages"), json!({"text": text, "file_ids": files})).await.expect(201);
        Sent { id: sent.id(), position: sent.position().expect("a position") }
    }

    /// Asks for what was said by words, and by other parameters.
    pub(crate) async fn searches(&self, parameters: &[(&str, &str)]) -> Answer {
        let url = reqwest::Url::parse_with_params(&format!("{}/v1/search", self.url), parameters).unwrap();
        self.get(&format!("/v1/search?{}", url.query().unwrap_or_default())).await
    }

    /// The texts of what is found by a question, newest first.
    pub(crate) async fn finds(&self, question: &str) -> Vec<String> {
        let page = self.searches(&[("q", question)]).await.expect(200);
        page.items().iter().map(|hit| hit["message"]["data"]["text"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The texts of the room's newest page, oldest first.
    pub(crate) async fn reads(&self, room: &Room) -> Vec<String> {
        texts(&self.get(&room.path("/messages")).await.expect(200))
    }

    /// The same, asked once.
    pub(crate) async fn reads_at_once(&self, room: &Room) -> Vec<String> {
        texts(&self.get_at_once(&room.path("/messages")).await.expect(200))
    }
}

/// What was said, of a page of messages.
fn texts(page: &Answer) -> Vec<String> {
    page.messages().iter().map(|message| message["data"]["text"].as_str().unwrap_or_default().to_owned()).collect()
}
