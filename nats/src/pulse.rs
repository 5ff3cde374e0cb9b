//! How far the log has come, as one session with PostgreSQL tells it: `LISTEN`, and polling besides.

use std::time::Duration;

use event_store::notifications::{Heard, KEYS, LOG, Notification, READ};
use event_store::{Head, Notifications, Reader, in_time};
use futures::FutureExt;
use futures::future::BoxFuture;

/// Polling finds what nobody told (notifications get lost in some poolers): soon after it found something, rarely else.
const SHORTEST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_millis(500);

/// The session is over: what was checked in it must be checked again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Over {
    /// PostgreSQL went away. It may come back as an older copy of itself.
    #[error("the session with PostgreSQL was lost")]
    Lost,
    #[error("PostgreSQL did not answer")]
    Unavailable(#[from] sqlx::Error),
    #[error("epoch {0} has begun")]
    Epoch(i32),
}

/// A session with PostgreSQL.
pub(crate) struct Pulse {
    told: Heard,
    reader: Reader,
    head: Head,
    interval: Duration,
    polling: BoxFuture<'static, Result<Head, sqlx::Error>>,
}

impl Pulse {
    /// Begins a session.
    pub(crate) async fn open(notifications: &Notifications, reader: &Reader) -> Result<Self, sqlx::Error> {
        let told = notifications.hear().await?;
        // Only now: what is appended from here on is told.
        let head = in_time(reader.head()).await?;
        let polling = poll(reader.clone(), LONGEST);
        Ok(Self { told, reader: reader.clone(), head, interval: LONGEST, polling })
    }

    /// The end of the log as it is known.
    pub(crate) fn head(&self) -> &Head {
        &self.head
    }

    /// Takes the next piece of news, whatever it says. Cancel-safe. After an error the session is not to be used.
    pub(crate) async fn listen(&mut self) -> Result<(), Over> {
        tokio::select! {
            biased;
            notification = self.told.next() => match notification {
                Some(notification) => self.take(&notification),
                None => return Err(Over::Lost),
            },
            head = &mut self.polling => self.polled(head?)?,
        }
        Ok(())
    }

    fn take(&mut self, notification: &Notification) {
        match (notification.channel(), notification.payload().parse::<i64>()) {
            (LOG, Ok(position)) => self.head.position = self.head.position.max(position),
            (KEYS | READ, _) => {}
            _ => self.polling = poll(self.reader.clone(), Duration::ZERO),
        }
    }

    fn polled(&mut self, head: Head) -> Result<(), Over> {
        if head.epoch != self.head.epoch {
            return Err(Over::Epoch(head.epoch));
        }
        let untold = head.position > self.head.position;
        self.interval = if untold { SHORTEST } else { (self.interval * 2).min(LONGEST) };
        self.polling = poll(self.reader.clone(), self.interval);
        if untold {
            self.head = head;
        }
        Ok(())
    }
}

fn poll(reader: Reader, after: Duration) -> BoxFuture<'static, Result<Head, sqlx::Error>> {
    async move {
        tokio::time::sleep(after).await;
        in_time(reader.head()).await
    }
    .boxed()
}
