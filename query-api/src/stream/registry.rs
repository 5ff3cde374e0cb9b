//! Every open stream of the process, by whose session it is: what ends a session ends its streams, as soon as the log says
//! so, however far the read models are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use event_store::{Keyring, Recorded};
use serde::Deserialize;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::closing::Closing;
use crate::authority::Caller;

/// Most streams of one person in a process.
pub(super) const MOST_OF_ONE: usize = 64;

/// The open streams. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Registry(Arc<Mutex<Open>>);

#[derive(Default)]
struct Open {
    streams: HashMap<u64, Stream>,
    by_user: HashMap<Uuid, Vec<u64>>,
    by_session: HashMap<Uuid, Vec<u64>>,
    made: u64,
    /// Events up to here have ended what they end.
    looked: i64,
    /// None is taken any more.
    stopped: bool,
}

struct Stream {
    user: Uuid,
    session: Option<Uuid>,
    generation: i64,
    close: Option<oneshot::Sender<Closing>>,
}

/// A place among the open streams, until it is dropped.
pub(super) struct Registered {
    registry: Registry,
    pub(super) id: u64,
    /// Events up to here had ended what they end before it was taken.
    pub(super) looked: i64,
}

/// Why a stream is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotTaken {
    /// They have as many as they may.
    TooMany,
    /// The process ends.
    Stopped,
}

/// What a credential's change leaves alive.
#[derive(Default, Deserialize)]
struct Credentials {
    #[serde(default)]
    generation: i64,
    #[serde(default)]
    kept_session: Option<Uuid>,
}

impl Registry {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a stream in, and tells how it will be ended.
    pub(super) fn take(&self, caller: &Caller) -> Result<(Registered, oneshot::Receiver<Closing>), NotTaken> {
        let mut open = self.open();
        if open.stopped {
            return Err(NotTaken::Stopped);
        }
        let (user, session) = (caller.user.0, caller.session.map(|session| session.0));
        if open.by_user.get(&user).is_some_and(|streams| streams.len() >= MOST_OF_ONE) {
            return Err(NotTaken::TooMany);
        }
        let (close, closed) = oneshot::channel();
        open.made += 1;
        let (id, looked) = (open.made, open.looked);
        open.streams.insert(id, Stream { user, session, generation: caller.generation, close: Some(close) });
        open.by_user.entry(user).or_default().push(id);
        if let Some(session) = session {
            open.by_session.entry(session).or_default().push(id);
        }
        drop(open);
        Ok((Registered { registry: self.clone(), id, looked }, closed))
    }

    /// Ends one.
    pub(super) fn close(&self, id: u64, why: Closing) {
        self.open().close(id, why);
    }

    /// Ends all, and takes none any more.
    pub(super) fn stop(&self) {
        let mut open = self.open();
        open.stopped = true;
        let ids: Vec<_> = open.streams.keys().copied().collect();
        for id in ids {
            open.close(id, Closing::Restart);
        }
    }

    /// Ends those whose session these events end.
    pub(super) fn look(&self, events: &[Recorded], keyring: &Keyring) {
        let mut open = self.open();
        for event in events.iter().filter_map(|event| keyring.unopened(event).ok()) {
            open.look(&event);
        }
        if let Some(last) = events.last() {
            open.looked = last.position;
        }
    }
}

impl Open {
    fn close(&mut self, id: u64, why: Closing) {
        // Whoever was told to close is not told again.
        if let Some(close) = self.streams.get_mut(&id).and_then(|stream| stream.close.take()) {
            _ = close.send(why);
        }
    }

    fn look(&mut self, event: &Recorded) {
        let Ok(of) = Uuid::try_parse(&event.aggregate_id) else { return };
        let ended: Vec<u64> = match event.event_type.as_str() {
            "session_ended" => self.by_session.get(&of).cloned().unwrap_or_default(),
            "user_password_changed" | "user_password_reset" | "user_sessions_revoked" | "user_suspended" => {
                let credentials: Credentials = serde_json::from_str(&event.payload).unwrap_or_default();
                self.of(of).filter(|(_, stream)| !stream.outlives(&credentials)).map(|(id, _)| id).collect()
            }
            "user_erased" => self.of(of).map(|(id, _)| id).collect(),
            _ => return,
        };
        for id in ended {
            self.close(id, Closing::SignedOut);
        }
    }

    fn of(&self, user: Uuid) -> impl Iterator<Item = (u64, &Stream)> {
        let ids = self.by_user.get(&user).into_iter().flatten();
        ids.filter_map(|id| Some((*id, self.streams.get(id)?)))
    }
}

impl Stream {
    /// Whether the session is the one that is kept, or one that began with the credentials as they are since.
    fn outlives(&self, credentials: &Credentials) -> bool {
        self.generation >= credentials.generation
            || (credentials.kept_session.is_some() && self.session == credentials.kept_session)
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut open = self.registry.open();
        let Some(stream) = open.streams.remove(&self.id) else { return };
        forget(&mut open.by_user, stream.user, self.id);
        if let Some(session) = stream.session {
            forget(&mut open.by_session, session, self.id);
        }
    }
}

fn forget(streams: &mut HashMap<Uuid, Vec<u64>>, of: Uuid, id: u64) {
    if let Some(ids) = streams.get_mut(&of) {
        ids.retain(|known| *known != id);
        if ids.is_empty() {
            streams.remove(&of);
        }
    }
}
