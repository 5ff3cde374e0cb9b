//! The projections, for whoever asks how something was.

use event_store::{Keyring, Recorded};
use projector::Past;
use query_api::audit::{Replay, Replayed, Replaying};

/// Replays events through the projections, with the keys of this process.
pub(crate) struct Replayer(pub(crate) Keyring);

impl Replay for Replayer {
    fn replay(&self, events: Vec<Recorded>) -> Replaying<'_> {
        Box::pin(async move {
            let Past { rooms, members, messages } = projector::replay(&self.0, events).await?;
            Ok(Replayed { rooms, members, messages })
        })
    }
}
