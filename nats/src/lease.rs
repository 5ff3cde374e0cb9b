//! One process at a time: a row in `relay.lease`.
//!
//! A lease tells who should act, and cannot stop one who was frozen while it expired. What two may never do at once must
//! be refused where it is done; the relay is refused by the expected sequence of its stream.

use std::convert::Infallible;
use std::time::Duration;

use event_store::in_time;
use sqlx::PgPool;
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;

/// How long a lease lasts if it is not renewed: the time until another takes over from one who died.
const TERM: Duration = Duration::from_secs(3);
/// How often the holder renews it.
const RENEWAL: Duration = Duration::from_secs(1);
/// How often others ask for it: the time until another takes over from one who let it go.
const ASKING: Duration = Duration::from_millis(500);

/// A lease by name. Needs the role `hansard_writer`.
#[derive(Clone, Debug)]
pub struct Lease {
    pool: PgPool,
    name: &'static str,
    holder: Uuid,
}

/// The lease is another's, or may be soon.
#[derive(Debug, thiserror::Error)]
#[error("the lease was lost")]
pub struct Lost;

impl Lease {
    /// A lease that `holder`, an id of this process alone, may come to hold.
    pub fn new(pool: PgPool, name: &'static str, holder: Uuid) -> Self {
        Self { pool, name, holder }
    }

    /// Waits until it is ours.
    pub async fn acquire(&self) -> Result<(), sqlx::Error> {
        while !self.ask().await? {
            sleep(ASKING).await;
        }
        Ok(())
    }

    /// Renews it, until it is lost: taken by another, or not renewed in time. To be polled for as long as it is needed.
    pub async fn keep(&self) -> Result<Infallible, Lost> {
        let mut good_until = Instant::now() + TERM;
        loop {
            sleep(RENEWAL).await;
            let asked = Instant::now();
            match timeout_at(good_until, self.ask()).await {
                Ok(Ok(true)) => good_until = asked + TERM,
                Ok(Ok(false)) | Err(_) => return Err(Lost),
                Ok(Err(error)) => {
                    tracing::warn!(
                        lease.name = self.name,
                        error = &error as &dyn std::error::Error,
                        "lease not renewed"
                    );
                    if Instant::now() >= good_until {
                        return Err(Lost);
                    }
                }
            }
        }
    }

    /// Lets it go, if it is ours, so that another need not wait for it to expire.
    pub async fn release(&self) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update relay.lease set expires_at = clock_timestamp() where name = $1 and holder = $2 and expires_at > clock_timestamp()",
            self.name,
            self.holder
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Takes or renews it, unless another holds it. One that lasts longer than any does was taken before the clock of
    /// PostgreSQL was set back: whoever holds it renews it within a moment, or is gone.
    async fn ask(&self) -> Result<bool, sqlx::Error> {
        let taken = sqlx::query!(
            "insert into relay.lease (name, holder, expires_at)
             values ($1, $2, clock_timestamp() + make_interval(secs => $3))
             on conflict (name) do update set holder = excluded.holder, expires_at = excluded.expires_at
             where lease.holder = excluded.holder or lease.expires_at < clock_timestamp()
                 or lease.expires_at > clock_timestamp() + make_interval(secs => $3)",
            self.name,
            self.holder,
            TERM.as_secs_f64()
        )
        .execute(&self.pool);
        Ok(in_time(taken).await?.rows_affected() == 1)
    }
}
