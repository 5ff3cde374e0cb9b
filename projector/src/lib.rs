//! Read models: projections, their runner, rebuild and verify.
//!
//! A batch of events and the move of the checkpoint are one transaction: the rows that the events touch are loaded, the
//! events are projected upon them in memory, and what changed is stored, a statement for each table. Thus it does not
//! matter how events fall into batches, and several changes of a row are one write. Every projection of a generation
//! moves with the same checkpoint, so that an answer made of several tables has one position.
//!
//! The tables of a generation are in a schema whose name is known only when it runs, and their statements are made from
//! the rows' fields: so queries here are checked when they run, by tests that go through every one of them, and not by
//! `sqlx::query!`.

mod accounts;
mod blocks;
mod calls;
mod checkpoint;
mod erasures;
mod error;
mod event;
mod event_index;
mod feed;
mod files;
mod generation;
mod invites;
mod memberships;
mod messages;
mod parked;
mod past;
mod personal;
mod projection;
mod projector;
mod purge;
mod reactions;
mod readings;
mod rebuild;
mod replay;
mod rooms;
mod rows;
mod runner;
mod search;
mod sessions;
mod settings;
mod status;
mod target;
mod unpark;
mod verify;

pub use error::ProjectorError;
pub use feed::{Batch, Feed, FeedError};
pub use parked::Parked;
pub use past::{Past, replay};
pub use projector::{Pace, Progress, Projector, ReadPosition, prepare};
pub use purge::forget;
pub use rebuild::Rebuilt;
pub use replay::Replay;
pub use status::{Other, Pacing, Status};
pub use unpark::Unparked;
pub use verify::{Difference, Report, TableHash};
