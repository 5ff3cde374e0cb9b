//! What can be asked of a blob's name.

/// What is asked of a blob's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlobCommand {
    /// Gives it up: nothing refers to it, and its bytes are about to be removed. Again, and of an earlier name:
    /// nothing.
    Condemn {
        /// The name.
        name: String,
    },
}
