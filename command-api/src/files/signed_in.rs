//! Bytes are taken in for as long as who brings them is signed in.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api_kit::Problem;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};
use tokio::time::sleep;
use uuid::Uuid;

use crate::Commands;
use crate::caller::Caller;

/// How long what was seen of a session counts while bytes come. Then it is looked again: whichever process ended it tells
/// nobody who takes bytes.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Done once a session is over.
type SignedOut = BoxFuture<'static, ()>;

/// The sessions that bytes come in. Each is looked at once, however many of its requests bring some: whichever of those
/// are there do the looking, so that it ends with the last of them. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Watches(Arc<Mutex<HashMap<Uuid, WeakShared<SignedOut>>>>);

impl Watches {
    /// The watch over the session of a caller who was proven, and is not counted again.
    fn over(&self, commands: &Commands, caller: &Caller) -> Shared<SignedOut> {
        let mut watches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(watch) = watches.get(&caller.token.session).and_then(WeakShared::upgrade) {
            return watch;
        }
        watches.retain(|_, watch| watch.upgrade().is_some());
        let watch = looks(commands.clone(), caller.clone()).boxed().shared();
        watches.extend(watch.downgrade().map(|watch| (caller.token.session, watch)));
        watch
    }
}

/// Done once the caller's session is over. While that cannot be known, it goes on.
async fn looks(commands: Commands, caller: Caller) {
    loop {
        sleep(LOOK_AGAIN).await;
        if let Err(Problem::NotSignedIn) = commands.still_signed_in(&caller).await {
            return;
        }
    }
}

impl Commands {
    /// What comes of `taking` bytes in. Once the session is over that they come in, it is dropped: 401.
    pub(crate) async fn while_signed_in<T>(
        &self,
        caller: &Caller,
        taking: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        tokio::select! {
            taken = taking => taken,
            () = self.signed_out(caller) => Err(Problem::NotSignedIn),
        }
    }

    /// Done once the caller's session is over. Where that cannot be known now, bytes go on coming: none of them is
    /// acknowledged before it is.
    pub(crate) async fn signed_out(&self, caller: &Caller) {
        self.watches.over(self, caller).await;
    }

    /// Refuses (401) a caller whose session is over by now.
    pub(crate) async fn still_signed_in(&self, caller: &Caller) -> Result<(), Problem> {
        // Boxed, since it lies in what every upload is while it goes on.
        match self.proven(caller).boxed().await {
            // Also from an address from which too many guess: this caller was signed in.
            Err(refused) if refused.status().is_client_error() => Err(Problem::NotSignedIn),
            proven => proven.map(|_| ()),
        }
    }
}
