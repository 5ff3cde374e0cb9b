//! Mails that are asked for, once for each `Idempotency-Key`.

use api_kit::{Accepted, Attempt, Marks, Problem, RequestContext};
use domain::text;
use event_store::Done;
use tokio::sync::mpsc::Permit;

use super::{EmailDigest, Purpose};
use crate::Commands;
use crate::mail::Order;
use crate::refused::refused;

impl Commands {
    /// Takes an order for a mail to `email`, whoever asks for it, and whether or not there is an account with it: what is
    /// kept of that, and answered, is the same. Keys count per email, as of who registers.
    pub(super) async fn mail(
        &self,
        context: &RequestContext,
        attempt: &Attempt,
        purpose: Purpose,
        email: &str,
    ) -> Result<Accepted, Problem> {
        text::email(email.trim()).map_err(refused)?;
        let email = self.accounts.email_digest(email);
        let room = self.room_for_mail(context, &email)?;
        let (request, scope) = (self.request(context, self.receipts(attempt, None)), &email.scope());
        let done: Done<()> = self
            .store
            .execute(&request, |unit| async move {
                unit.idempotent(scope).await?;
                Ok::<_, Problem>(())
            })
            .await?;
        if !done.replayed {
            room.send(Order { purpose, email });
        }
        Ok(Accepted { marks: Marks::default().replayed(done.replayed) })
    }

    /// Counts a mail that is asked for, and finds room for its order. To be asked before a receipt says that it was taken:
    /// of what is refused nothing is remembered.
    pub(super) fn room_for_mail(
        &self,
        context: &RequestContext,
        email: &EmailDigest,
    ) -> Result<Permit<'_, Order>, Problem> {
        self.limits.mail(context, email.as_bytes())?;
        self.outbox.room()
    }
}
