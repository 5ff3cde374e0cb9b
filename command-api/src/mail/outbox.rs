//! What is to be mailed: a queue that does not grow without bound.

use api_kit::Problem;
use tokio::sync::mpsc;
use tokio::sync::mpsc::Permit;

use crate::accounts::{EmailDigest, Purpose};

/// Orders that may wait; more are answered 503, whoever they are for.
const WAITING: usize = 1024;

/// A mail that was asked for, perhaps for nobody.
pub(crate) struct Order {
    /// What it is for.
    pub(crate) purpose: Purpose,
    /// To whom, if there is an account with this email.
    pub(crate) email: EmailDigest,
}

/// Where requests leave what is to be mailed. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbox(mpsc::Sender<Order>);

impl Outbox {
    /// An empty queue, and its other end.
    pub(super) fn new() -> (Self, mpsc::Receiver<Order>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(sender), receiver)
    }

    /// Room for an order, unless too many wait already: whoever has it is not refused any more.
    pub(crate) fn room(&self) -> Result<Permit<'_, Order>, Problem> {
        self.0.try_reserve().map_err(|_| {
            metrics::counter!("hansard_mails_total", "outcome" => "not-taken").increment(1);
            Problem::Overloaded
        })
    }
}
