//! Bytes are taken in for as long as who brings them is signed in.

use std::time::Duration;

use api_kit::Problem;
use futures::FutureExt;
use tokio::time::sleep;

use crate::Commands;
use crate::caller::Caller;

/// How long what was seen of a session counts while bytes come. Then it is looked again: whichever process ended it tells
/// nobody who takes bytes.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

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
        loop {
            sleep(LOOK_AGAIN).await;
            if let Err(Problem::NotSignedIn) = self.still_signed_in(caller).await {
                return;
            }
        }
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
