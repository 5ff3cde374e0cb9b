//! The write edge over a database of its own, and the people who use it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api_kit::{Context, Edge, LimitSettings, Limits, Operations, TrustedProxies};
use axum::Router;
use command_api::accounts::{Accounts, Hasher};
use command_api::mail::{Delivery, Letter, Mailroom, Postman, Undelivered};
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
    put_off: Mutex<mpsc::UnboundedReceiver<Letter>>,
    /// Whether letters are put off rather than delivered.
    pub(crate) puts_off: Arc<AtomicBool>,
    pub(crate) store: Store,
    pub(crate) accounts: Accounts,
    pub(crate) hasher: Hasher,
    pub(crate) context: Context,
}

/// Hands over what is mailed, and what is put off.
struct Messenger {
    delivered: mpsc::UnboundedSender<Letter>,
    put_off: mpsc::UnboundedSender<Letter>,
    puts_off: Arc<AtomicBool>,
}

impl Postman for Messenger {
    fn deliver<'a>(&'a self, letter: &'a Letter) -> Delivery<'a> {
        let puts_off = self.puts_off.load(Ordering::SeqCst);
        let to = if puts_off { &self.put_off } else { &self.delivered };
        to.send(letter.clone()).unwrap();
        Box::pin(async move { if puts_off { Err(Undelivered::PutOff) } else { Ok(()) } })
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
        let ((delivered, letters), (tried, waiting)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let (url, puts_off) = ("https://chat.example/", Arc::new(AtomicBool::new(false)));
        let messenger = Messenger { delivered, put_off: tried, puts_off: Arc::clone(&puts_off) };
        let (outbox, mailroom) = Mailroom::new(accounts.clone(), context.clone(), url, Arc::new(messenger));
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
        let (letters, waiting, router) = (Mutex::new(letters), Mutex::new(waiting), edge.around(router));
        Self { router, database, tasks, closing, letters, put_off: waiting, puts_off, store, accounts, hasher, context }
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

    /// The next letter that is put off, once that is done.
    pub(crate) async fn put_off(&self) -> Letter {
        let next = timeout(Duration::from_secs(10), async { self.put_off.lock().await.recv().await });
        next.await.expect("a letter is put off in time").unwrap()
    }

    /// To whom letters are delivered from now on until none is left: no more can be ordered.
    pub(crate) async fn last_letters(&self) -> Vec<String> {
        self.closing.cancel();
        let last = async {
            let (mut letters, mut last) = (self.letters.lock().await, vec![]);
            while let Some(letter) = letters.recv().await {
                last.push(letter.to);
            }
            last
        };
        // Longer than the pauses before two more tries.
        timeout(Duration::from_secs(30), last).await.expect("the mailroom ends")
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
