//! Who delivers letters.

use std::io;
use std::pin::Pin;

use super::Letter;

/// A letter on its way.
pub type Delivery<'a> = Pin<Box<dyn Future<Output = Result<(), Undelivered>> + Send + 'a>>;

/// Delivers letters.
pub trait Postman: Send + Sync {
    /// Delivers a letter, once.
    fn deliver<'a>(&'a self, letter: &'a Letter) -> Delivery<'a>;
}

/// Why a letter was not delivered: without a word of it, nor its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// What somebody has as their email is no address of mail.
    #[error("the email is no address that mail can be sent to")]
    Address,
    /// The mail server takes it not now, or cannot be reached.
    #[error("the mail server does not take it now")]
    PutOff,
    /// The mail server refuses it.
    #[error("the mail server refuses it")]
    Refused,
    /// The folder cannot be written to.
    #[error("the folder of mails cannot be written to: {0}")]
    Folder(io::ErrorKind),
}

impl Undelivered {
    /// Whether it may be otherwise a little later.
    pub(super) fn may_pass(self) -> bool {
        match self {
            Self::PutOff => true,
            Self::Address | Self::Refused | Self::Folder(_) => false,
        }
    }
}
