//! Proofs that the record holds events, for whoever has neither the log nor the record.

use api_kit::Problem;
use api_kit::shape::EventProof;
use event_store::Keyring;
use record::Proof;
use sqlx::PgPool;

use super::export::events;
use super::{Filter, Span};
use crate::tree::hashes;

/// A signed head of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHead {
    /// Events that it covers.
    pub size: i64,
    /// A C2SP tlog-checkpoint.
    pub note: String,
}

impl SignedHead {
    /// The newest of this history of the log. None while there is none.
    pub(crate) async fn newest(pool: &PgPool) -> Result<Option<Self>, sqlx::Error> {
        sqlx::query_as!(
            Self,
            "select c.size, c.note from record.checkpoint c join log.head h on h.origin = c.origin
             order by c.size desc limit 1"
        )
        .fetch_optional(pool)
        .await
    }

    /// The first that covers `position` and was kept. None while there is none.
    pub async fn covering(pool: &PgPool, position: i64) -> Result<Option<Self>, sqlx::Error> {
        sqlx::query_as!(
            Self,
            "select c.size, c.note from record.checkpoint c join log.head h on h.origin = c.origin
             where c.size >= $1 order by c.size limit 1",
            position
        )
        .fetch_optional(pool)
        .await
    }

    /// That what it covers begins with the events up to `position`: hashes in base64, in the order of RFC 9162.
    pub async fn consistency(&self, pool: &PgPool, position: i64) -> Result<Vec<String>, Problem> {
        let (from, to) = (position.cast_unsigned(), self.size.cast_unsigned());
        hashes(&mut *pool.acquire().await?, Proof::Consistency { from, to }).await
    }
}

/// What proves the event at `position` to whoever has the verifier key: by the first head that covers it and was kept. None while
/// there is none. With `open`, the event is [opened](Filter::open), if the read models have seen it.
pub async fn proof_of(
    pool: &PgPool,
    keyring: &Keyring,
    position: i64,
    open: bool,
) -> Result<Option<EventProof>, Problem> {
    let Some(head) = SignedHead::covering(pool, position).await? else { return Ok(None) };
    let inclusion = Proof::Inclusion { position: position.cast_unsigned(), size: head.size.cast_unsigned() };
    let hashes = hashes(&mut *pool.acquire().await?, inclusion).await?;
    let span = Span { after: position - 1, until: position };
    let event = events(pool, keyring, &Filter { open, ..Filter::default() }, span, 1).await?.pop();
    let event = event.ok_or_else(|| Problem::internal("the record covers what the log does not hold"))?;
    let event = serde_json::to_value(event).map_err(Problem::internal)?;
    Ok(Some(EventProof { event, checkpoint: head.note, hashes }))
}
