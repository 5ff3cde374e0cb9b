//! What the write edge works with, and how it runs a command.

use std::ops::Deref;
use std::sync::Arc;

use api_kit::names::Names;
use api_kit::render::Render;
use api_kit::{Attempt, Context, ErasureKey, Limits, Problem, ReceiptKey, RequestContext, Sightings};
use domain::id::UserId;
use event_store::{Done, KeyError, Receipt, Request, Store};
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::Duration;
use uuid::Uuid;

use crate::accounts::Accounts;
use crate::actor::Actor;
use crate::caller::Caller;
use crate::calls::Signals;
use crate::files::Files;
use crate::files::signed_in::Watches;
use crate::mail::Outbox;
use crate::receipted::Receipted;

/// The key, among the instance's secrets, of the MACs in receipts.
const RECEIPTS: &str = "instance/receipts";

/// What the write edge works with. Cheap to clone.
#[derive(Clone)]
pub struct Commands(Arc<Parts>);

/// What is shared by whoever handles a command.
#[derive(Clone)]
pub struct Parts {
    pub(crate) store: Store,
    pub(crate) accounts: Accounts,
    pub(crate) context: Context,
    pub(crate) limits: Limits,
    sightings: Sightings,
    pub(crate) render: Option<Arc<dyn Render>>,
    pub(crate) names: Option<Arc<dyn Names>>,
    files: Option<Files>,
    pub(crate) watches: Watches,
    /// Carries signals between the participants of calls.
    pub(crate) signals: Option<Arc<dyn Signals>>,
    pub(crate) outbox: Outbox,
    pub(crate) settings: CommandSettings,
    pub(crate) erasures: ErasureKey,
    receipt_key: ReceiptKey,
}

/// What an operator may choose of the write edge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandSettings {
    /// How long a session lasts.
    pub session_lifetime: Duration,
    /// Who may make an account.
    pub registration: Registration,
}

/// Who may make an account of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Everyone.
    Open,
    /// Whoever has an invite to a room.
    Invite,
    /// Nobody: the operator makes accounts.
    Closed,
}

impl Deref for Commands {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Default for CommandSettings {
    /// Sessions of 30 days, and accounts for everyone.
    fn default() -> Self {
        Self { session_lifetime: Duration::days(30), registration: Registration::Open }
    }
}

impl Commands {
    /// The write edge over a log. Without `render`, answers that show a resource show what commands know of it.
    pub async fn open(
        store: Store,
        accounts: Accounts,
        context: Context,
        limits: Limits,
        render: Option<Arc<dyn Render>>,
        outbox: Outbox,
        settings: CommandSettings,
    ) -> Result<Self, KeyError> {
        let receipt_key = ReceiptKey(*store.keyring().instance_secret(RECEIPTS).await?);
        let erasures = ErasureKey::of(store.keyring()).await?;
        Ok(Self(Arc::new(Parts {
            store,
            accounts,
            context,
            limits,
            sightings: Sightings::default(),
            render,
            names: None,
            files: None,
            watches: Watches::default(),
            signals: None,
            outbox,
            settings,
            erasures,
            receipt_key,
        })))
    }

    /// The same, with somebody who finds whom messages mention; without, they mention nobody by name.
    #[must_use]
    pub fn with_names(mut self, names: Arc<dyn Names>) -> Self {
        Arc::make_mut(&mut self.0).names = Some(names);
        self
    }

    /// The same, noting whose sessions are seen where others note it too.
    #[must_use]
    pub fn with_sightings(mut self, sightings: Sightings) -> Self {
        Arc::make_mut(&mut self.0).sightings = sightings;
        self
    }

    /// The same, with somewhere to keep files' bytes; without, uploads are refused.
    #[must_use]
    pub fn with_files(mut self, files: Files) -> Self {
        Arc::make_mut(&mut self.0).files = Some(files);
        self
    }

    /// The same, with somebody who carries signals between the participants of calls; without, they are refused.
    #[must_use]
    pub fn with_signals(mut self, signals: Option<Arc<dyn Signals>>) -> Self {
        Arc::make_mut(&mut self.0).signals = signals;
        self
    }

    pub(crate) fn files(&self) -> Result<&Files, Problem> {
        self.files.as_ref().ok_or_else(|| Problem::unavailable("files are not kept by this process"))
    }

    /// Who calls, before anything is taken from them: what they then do is decided anew.
    pub(crate) async fn proven(&self, caller: &Caller) -> Result<UserId, Problem> {
        self.ask(caller, |actor| async move { Ok(actor.user) }).await
    }

    /// What `look` finds for a signed-in caller, of whom nothing is appended.
    pub(crate) async fn ask<T, F>(&self, caller: &Caller, look: impl Fn(Actor) -> F + Sync) -> Result<T, Problem>
    where
        F: Future<Output = Result<T, Problem>> + Send,
        T: Serialize + DeserializeOwned,
    {
        Ok(self.run(caller, self.request(&caller.request, vec![]), look).await?.value)
    }

    /// What `look` finds before a signed-in caller's command is executed; the answer to the same request, if it was before.
    /// No receipt keeps what it finds, so that may be anything.
    pub(crate) async fn foresee<T, F>(
        &self,
        caller: &Caller,
        attempt: &Attempt,
        look: impl Fn(Actor) -> F + Sync,
    ) -> Result<Done<T>, Problem>
    where
        F: Future<Output = Result<T, Problem>> + Send,
        T: Serialize + DeserializeOwned,
    {
        let request = self.request(&caller.request, self.receipts(attempt, None));
        self.run(caller, Request { looks: true, ..request }, look).await
    }

    /// Runs a signed-in caller's command. Its value is what the answer is made of, now and whenever the same request
    /// comes again.
    pub(crate) async fn execute<T, F>(
        &self,
        caller: &Caller,
        attempt: &Attempt,
        decide: impl Fn(Actor) -> F + Sync,
    ) -> Result<Done<T>, Problem>
    where
        F: Future<Output = Result<T, Problem>> + Send,
        T: Receipted,
    {
        self.create(caller, attempt, None, decide).await
    }

    /// Runs a signed-in caller's command that creates something, perhaps with an id that the client chose.
    pub(crate) async fn create<T, F>(
        &self,
        caller: &Caller,
        attempt: &Attempt,
        chosen: Option<Uuid>,
        decide: impl Fn(Actor) -> F + Sync,
    ) -> Result<Done<T>, Problem>
    where
        F: Future<Output = Result<T, Problem>> + Send,
        T: Receipted,
    {
        self.run(caller, self.request(&caller.request, self.receipts(attempt, chosen)), decide).await
    }

    async fn run<T, F>(
        &self,
        caller: &Caller,
        request: Request,
        decide: impl Fn(Actor) -> F + Sync,
    ) -> Result<Done<T>, Problem>
    where
        F: Future<Output = Result<T, Problem>> + Send,
        T: Serialize + DeserializeOwned,
    {
        let done = self.store.execute(&request, |unit| {
            let actor = Actor::prove(unit, caller, &self.limits, request.occurred_at);
            let (decide, session) = (&decide, caller.token.session);
            async move {
                let actor = actor.await?;
                self.sightings.note(session, actor.at);
                decide(actor).await
            }
        });
        let done = done.await.map_err(Problem::from);
        if let Err(Problem::NotSignedIn) = &done {
            // Whoever guesses is counted by address: they are nobody yet.
            self.limits.address(&caller.request)?;
        }
        done
    }

    /// What is known of a command before anything is decided.
    pub(crate) fn request(&self, request: &RequestContext, receipts: Vec<Receipt>) -> Request {
        Request {
            command_id: self.context.new_id(),
            correlation_id: request.correlation_id,
            causation_id: None,
            actor_id: None,
            session_id: None,
            occurred_at: self.context.now(),
            traceparent: Some(request.traceparent()),
            receipts,
            looks: false,
        }
    }

    /// By what the same request is known when it comes again.
    pub(crate) fn receipts(&self, attempt: &Attempt, chosen: Option<Uuid>) -> Vec<Receipt> {
        attempt.receipts(&self.receipt_key, chosen)
    }
}
