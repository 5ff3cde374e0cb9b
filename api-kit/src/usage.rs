//! How the write edge learns what somebody's files take up: the read edge counts them.

use std::collections::HashSet;
use std::pin::Pin;

use uuid::Uuid;

use crate::Problem;

/// What somebody's files take up, as far as the read models know by `position`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// What the read models have seen.
    pub position: i64,
    /// How many files.
    pub files: u64,
    /// Bytes of the different blobs that these refer to.
    pub bytes: u64,
}

/// What is found out by and by.
pub type Found<'a, T> = Pin<Box<dyn Future<Output = Result<T, Problem>> + Send + 'a>>;

/// Counts what files take up.
pub trait Usage: Send + Sync {
    /// What `user`'s files take up. Costs a probe.
    fn of(&self, user: Uuid) -> Found<'_, Used>;

    /// Which of these blobs files of `user` refer to.
    fn referred(&self, user: Uuid, blobs: Vec<String>) -> Found<'_, HashSet<String>>;
}
