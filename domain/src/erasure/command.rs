//! What can be asked of an erasure.

use super::Finished;

/// What is asked of an erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompletionCommand {
    /// Notes that no copy is left that the server holds; that it is so is the caller's to see.
    Finish(Finished),
}
