//! The write edge over a database of its own, and the people who use it.

use std::sync::Arc;
use std::time::Duration;

use api_kit::{Context, Edge, LimitSettings, Limits, Operations, TrustedProxies};
use axum::Router;
use command_api::accounts::{Accounts, Hasher};
use command_api::mail::{Delivery, Letter, Mailroom, Postman};
use command_api::{CommandSettings, Commands};
use event_store::{Head, Recorded, Store};
use serde_json::json;
use time::macros::datetime;
use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::call::{Answer, Call};
use crate::database::Database;

pub(crate) const PASSWORD: &str = "an unheard-of password";

pub(crate) struct App {
    router: Router,
    database: Arc<Database>,
    tasks: TaskTracker,
    closing: CancellationToken,
    letters: Mutex<mpsc::UnboundedReceiver<Letter>>,
    pub(crate) store: Store,
    pub(crate) accounts: Accounts,
    pub(crate) hasher: Hasher,
    pub(crate) context: Context,
}

/// Hands over what is mailed.
struct Messenger(mpsc::UnboundedSender<Letter>);

impl Postman for Messenger {
    fn deliver<'a>(&'a self, letter: &'a Letter) -> Delivery<'a> {
        self.0.send(letter.clone()).unwrap();
        Box::pin(async { Ok(()) })
    }
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) token: String,
    pub(crate) session: String,
}

impl App {
    pub(crate) async fn new() -> Self {
        Self::limited(LimitSettings::OFF).await
    }

    pub(crate) async fn limited(limits: LimitSettings) -> Self {
        let (database, tasks) = (Arc::new(Database::new().await), TaskTracker::new());
        let context = Context::fixed(datetime!(2025-03-01 12:00 UTC), 7);
        Self::over(database, tasks, CancellationToken::new(), context, limits).await
    }

    /// Another instance over the same database. Nobody tells it what this one does: what it has in memory is as old as may
    /// be. It ends with this one.
    pub(crate) async fn another(&self) -> Self {
        let (database, tasks, closing) = (Arc::clone(&self.database), self.tasks.clone(), self.closing.clone());
        Self::over(database, tasks, closing, self.context.clone(), LimitSettings::OFF).await
    }

    async fn over(
        database: Arc<Database>,
        tasks: TaskTracker,
        closing: CancellationToken,
        context: Context,
        limits: LimitSettings,
    ) -> Self {
        let store = database.store(&tasks).await;
        let hasher = Hasher::with(context.clone(), 1, 128);
        let accounts = Accounts::open(store.clone(), hasher.clone()).await.unwrap();
        let limits = Limits::new(limits);
        let (sender, letters) = mpsc::unbounded_channel();
        let url = "https://chat.example/";
        let (outbox, mailroom) = Mailroom::new(accounts.clone(), context.clone(), url, Arc::new(Messenger(sender)));
        let closed = closing.clone().cancelled_owned();
        tasks.spawn(async move { mailroom.run(closed).await });
        let settings = CommandSettings::default();
        let commands = Commands::open(store.clone(), accounts.clone(), context.clone(), limits, None, outbox, settings);
        let (router, document) = command_api::routes(commands.await.unwrap()).split_for_parts();
        let edge = Edge {
            context: context.clone(),
            trusted_proxies: TrustedProxies::default(),
            operations: Operations::of(&document),
        };
        let letters = Mutex::new(letters);
        Self { router: edge.around(router), database, tasks, closing, letters, store, accounts, hasher, context }
    }

    /// To be called at the end of a test that succeeded.
    pub(crate) async fn done(self) {
        self.closing.cancel();
        self.tasks.close();
        self.database.remove().await;
    }

    pub(crate) fn call(&self, method: &str, path: &str) -> Call {
        Call::new(self.router.clone(), method, path)
    }

    pub(crate) fn by(&self, person: &Person, method: &str, path: &str) -> Call {
        self.call(method, path).token(&person.token)
    }

    /// Makes an account called `name` and signs in to it.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let email = format!("{name}@example.org");
        let body = json!({"email": email, "password": PASSWORD, "display_name": name});
        let id = self.call("POST", "/v1/users").json(&body).send().await.is(201).text("id");
        let (token, session) = self.signs_in(&email).await;
        Person { id, email, token, session }
    }

    /// The token and the id of a new session.
    pub(crate) async fn signs_in(&self, email: &str) -> (String, String) {
        let answer = self.sign_in(email, PASSWORD).await.is(201);
        (answer.text("token"), answer.text("session_id"))
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Answer {
        self.call("POST", "/v1/sessions").json(&json!({"email": email, "password": password})).send().await
    }

    /// The address of a room that `owner` makes, with `others` in it.
    pub(crate) async fn room(&self, owner: &Person, visibility: &str, others: &[&Person]) -> String {
        let members: Vec<_> = others.iter().map(|person| &person.id).collect();
        let body = json!({"type": "group", "name": "Engine room", "visibility": visibility, "member_ids": members});
        let answer = self.by(owner, "POST", "/v1/rooms").json(&body).send().await.is(201);
        format!("/v1/rooms/{}", answer.text("id"))
    }

    /// The address of a message that `person` sends.
    pub(crate) async fn message(&self, person: &Person, room: &str, text: &str) -> String {
        let path = format!("{room}/messages");
        let answer = self.by(person, "POST", &path).json(&json!({"text": text})).send().await.is(201);
        answer.header("location").unwrap().to_owned()
    }

    /// The next letter, once it is written.
    pub(crate) async fn letter(&self) -> Letter {
        let next = timeout(Duration::from_secs(10), async { self.letters.lock().await.recv().await });
        next.await.expect("a letter is written in time").unwrap()
    }

    /// What was mailed next to prove something, and to whom.
    pub(crate) async fn mailed(&self) -> (String, String) {
        let letter = self.letter().await;
        let link = letter.text.lines().find(|line| line.contains("/hr1_") || line.contains("/hv1_")).unwrap();
        (letter.to, link.rsplit('/').next().unwrap().to_owned())
    }

    pub(crate) async fn head(&self) -> Head {
        self.store.reader().head().await.unwrap()
    }

    /// The events after `position`: stream and type.
    pub(crate) async fn events(&self, position: i64) -> Vec<Recorded> {
        self.store.reader().after(position, 1000).await.unwrap()
    }

    /// What is in the log after `position`, as types of events.
    pub(crate) async fn types(&self, position: i64) -> Vec<String> {
        self.events(position).await.into_iter().map(|event| event.event_type).collect()
    }
}
