//! What was destroyed for good.

pub(crate) mod get_erasure;
