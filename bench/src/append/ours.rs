//! Ours: group commit.

use event_store::{KeyNames, Keyring, MasterKey, Request, Store, StoreError, Unit};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use time::OffsetDateTime;
use uuid::Uuid;

use super::note::{Note, NoteEvent};
use super::{Appends, Failed};

/// What an append rests on.
#[derive(Clone, Copy)]
pub(crate) enum Rests {
    OnNothing,
    /// Four streams (user, session, membership, room), and a sealed field.
    AsASendDoes,
}

#[derive(Clone)]
pub(crate) struct Ours {
    store: Store,
    rests: Rests,
    run: Uuid,
}

impl Ours {
    pub(crate) async fn new(database: &PgConnectOptions, rests: Rests) -> Result<Self, Failed> {
        let options = database.clone().options([("role", "hansard_writer")]);
        let pool = PgPoolOptions::new().max_connections(8).connect_with(options).await?;
        let master = MasterKey::parse(&format!("1:{}", "0b".repeat(32)))?;
        // Every run has keys of its own: the server's master key is not at hand.
        let keyring =
            Keyring::new(pool.clone(), master, KeyNames { wrapped_by: |_| vec![], is_fleeting: |_| false }, vec![]);
        let store = Store::open(pool, keyring, &tokio_util::task::TaskTracker::new()).await?;
        let ours = Self { store, rests, run: Uuid::now_v7() };
        for stream in ours.guards(0).into_iter().chain((0..256).flat_map(|writer| ours.guards(writer << 32))) {
            let begun = ours.execute(|unit| {
                let stream = stream.clone();
                async move {
                    if unit.load::<Note>(&stream).await?.sequence == 0 {
                        unit.append::<Note>(&stream, vec![NoteEvent::Began], None);
                    }
                    Ok(())
                }
            });
            begun.await;
        }
        Ok(ours)
    }

    /// The streams that a writer's appends rest on: three of its own, and a room that sixteen share.
    fn guards(&self, number: u64) -> Vec<String> {
        match self.rests {
            Rests::OnNothing => vec![],
            Rests::AsASendDoes => {
                let writer = number >> 32;
                let own = ["user", "session", "membership"].map(|kind| format!("{}/{kind}/{writer}", self.run));
                own.into_iter().chain([format!("{}/room/{}", self.run, writer / 16)]).collect()
            }
        }
    }

    async fn execute<F>(&self, decide: impl Fn(Unit) -> F)
    where
        F: Future<Output = Result<(), StoreError>> + Send,
    {
        let request = Request::unasked(Uuid::now_v7(), OffsetDateTime::now_utc());
        self.store.execute(&request, decide).await.expect("ours appends");
    }
}

impl Appends for Ours {
    async fn append(&self, number: u64) {
        let (guards, id) = (self.guards(number), Uuid::now_v7().to_string());
        self.execute(|unit| {
            let (guards, id, this) = (guards.clone(), id.clone(), self);
            async move {
                for guard in &guards {
                    unit.load::<Note>(guard).await?;
                }
                let event = match this.rests {
                    Rests::OnNothing => NoteEvent::plain(),
                    Rests::AsASendDoes => NoteEvent::sealed(&format!("bench/{}/{}", this.run, number >> 32)),
                };
                unit.append::<Note>(&id, vec![event], None);
                Ok(())
            }
        })
        .await;
    }
}
