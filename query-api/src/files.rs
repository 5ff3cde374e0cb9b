//! Files: what they are, who may see them, and their bytes.

mod access;
mod disposition;
pub(crate) mod get_content;
pub(crate) mod get_file;
mod guarded;
pub(crate) mod list_permissions;
mod range;
mod row;
mod secret;
mod usage;

pub(crate) use row::FileRow;
pub(crate) use secret::{Whispered, whispered};
pub use usage::FileUsage;
