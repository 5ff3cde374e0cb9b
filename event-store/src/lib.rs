//! The log: one total order of events, appended by group commit, read by position.
//!
//! Knows nothing of chat: streams are named by strings, payloads are JSON.

mod append;
mod begin;
mod cache;
mod canonical;
mod committer;
mod durability;
mod epoch;
mod execute;
mod in_time;
mod keyring;
mod metadata;
pub mod notifications;
mod prepare;
mod read;
mod recorded;
mod repository;
mod request;
mod store;
mod stream;
mod trouble;
mod unit;
mod upcast;

pub use begin::{BEGIN, Transaction, begin};
pub use durability::NotDurable;
pub use epoch::begin_epoch;
pub use execute::{Done, ExecuteError};
pub use in_time::{in_time, within};
pub use keyring::{BadMasterKey, KeyError, KeyNames, Keyring, MasterKey, Rotated};
pub use metadata::{Metadata, trace_id};
pub use notifications::Notifications;
pub use read::{Head, Reader};
pub use recorded::Recorded;
pub use repository::LogRepository;
pub use request::{Receipt, ReceiptKind, Request};
pub use store::{OpenError, Store, StoreError};
pub use trouble::Trouble;
pub use unit::{Loaded, Unit};
pub use upcast::Told;
