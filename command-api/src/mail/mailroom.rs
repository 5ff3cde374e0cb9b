//! Where orders become letters.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use api_kit::{Context, Problem};
use event_store::Request;
use futures::{StreamExt, stream};
use tokio::sync::{Mutex, mpsc};
use tokio::time::sleep;

use super::{Letter, Order, Outbox, Postman};
use crate::accounts::{Accounts, Link, Purpose};

/// Orders that are carried out at once: a slow mail server must not hold up all of them.
const AT_ONCE: usize = 8;

/// Pauses before a letter is tried again that a mail server put off.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(10), Duration::from_mins(1)];

/// Carries out what was left in an [`Outbox`]. Cheap to clone; one at a time works.
#[derive(Clone)]
pub struct Mailroom {
    orders: Arc<Mutex<mpsc::Receiver<Order>>>,
    accounts: Accounts,
    context: Context,
    public_url: Arc<str>,
    postman: Arc<dyn Postman>,
}

impl Mailroom {
    /// A room, and the outbox that it works for. `public_url` is where people reach this server.
    pub fn new(accounts: Accounts, context: Context, public_url: &str, postman: Arc<dyn Postman>) -> (Outbox, Self) {
        let (outbox, orders) = Outbox::new();
        let (orders, public_url) = (Arc::new(Mutex::new(orders)), public_url.trim_end_matches('/').into());
        (outbox, Self { orders, accounts, context, public_url, postman })
    }

    /// Works until `closing`, and then until nothing is left.
    pub async fn run(&self, closing: impl Future<Output = ()>) {
        let mut orders = self.orders.lock().await;
        let (mut closing, mut open) = (pin!(closing), true);
        let taken = stream::poll_fn(|context| {
            if open && closing.as_mut().poll(context).is_ready() {
                open = false;
                orders.close();
            }
            orders.poll_recv(context)
        });
        taken.for_each_concurrent(AT_ONCE, |order| self.carry_out(order)).await;
    }

    async fn carry_out(&self, order: Order) {
        let outcome = self.deliver(&order).await;
        let label = outcome.as_ref().map_or("failed", |outcome| *outcome);
        metrics::counter!("hansard_mails_total", "outcome" => label).increment(1);
        if let Err(error) = outcome {
            tracing::warn!(error, "a mail was not delivered");
        }
    }

    /// What is to be written, if there is somebody to write to.
    async fn letter(&self, order: &Order) -> Result<Option<Letter>, Problem> {
        let Some(user) = self.accounts.owner(&order.email).await? else { return Ok(None) };
        let account = self.accounts.seen(&self.request(), user).await?;
        let wanted = match order.purpose {
            Purpose::Reset => !account.suspended,
            Purpose::Verify => !account.suspended && !account.email_verified,
        };
        // Whose email has just changed asks again.
        let to = account.email.clone().filter(|email| self.accounts.email_digest(email) == order.email);
        let Some(to) = to.filter(|_| wanted) else { return Ok(None) };
        let link = Link { user, proof: account.mail_proof(self.context.now()) };
        let link = link.text(order.purpose, self.accounts.link_key());
        Ok(Some(Letter::with_link(to, order.purpose, &self.public_url, &link)))
    }

    /// What became of it, or why nothing did. It is written anew for each try: whoever gave an email up, or was erased, is
    /// mailed nothing there.
    async fn deliver(&self, order: &Order) -> Result<&'static str, String> {
        let mut pauses = PAUSES.into_iter();
        loop {
            let letter = self.letter(order).await.map_err(|problem| problem.to_string())?;
            let Some(letter) = letter else { return Ok("nobody") };
            let delivered = self.postman.deliver(&letter).await;
            drop(letter);
            let Err(undelivered) = delivered else { return Ok("sent") };
            let Some(pause) = pauses.next().filter(|_| undelivered.may_pass()) else {
                return Err(undelivered.to_string());
            };
            sleep(pause).await;
        }
    }

    /// Nobody's request: it changes nothing.
    fn request(&self) -> Request {
        Request::unasked(self.context.new_id(), self.context.now())
    }
}

impl fmt::Debug for Mailroom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailroom").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}
