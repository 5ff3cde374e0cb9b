//! A mail server, spoken to by SMTP.

use std::time::Duration;

use api_kit::Context;
use command_api::mail::{Delivery, Letter, Postman, Undelivered};
use lettre::message::Mailbox;
use lettre::transport::smtp::Error;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::compose::compose;

/// How long the server may take for each answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Hands each letter to a mail server, over a connection of its own.
pub(super) struct Smtp {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    context: Context,
}

impl Smtp {
    /// `url` is `smtp://HOST`, `smtps://USER:PASSWORD@HOST:PORT` or, with STARTTLS, `smtp://HOST?tls=required`.
    pub(super) fn new(url: &str, from: Mailbox, context: Context) -> Result<Self, Error> {
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url)?.timeout(Some(PATIENCE)).build();
        Ok(Self { server, from, context })
    }

    async fn send(&self, letter: &Letter) -> Result<(), Undelivered> {
        let message = compose(letter, &self.from, &self.context)?;
        self.server.send(message).await.map(|_| ()).map_err(|error| why(&error))
    }
}

impl Postman for Smtp {
    fn deliver<'a>(&'a self, letter: &'a Letter) -> Delivery<'a> {
        Box::pin(self.send(letter))
    }
}

/// What the server says stays with it: it names the address.
fn why(error: &Error) -> Undelivered {
    if error.is_permanent() { Undelivered::Refused } else { Undelivered::PutOff }
}
