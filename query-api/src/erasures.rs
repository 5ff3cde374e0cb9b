//! Receipts of erasures.

pub(crate) mod audit_erasure;
pub(crate) mod get_erasure;
mod receipt;
