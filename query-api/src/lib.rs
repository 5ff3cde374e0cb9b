//! The read edge: read models, pages, auditors.
//!
//! A query names who asks ([`asker`]), is judged and answered within one snapshot of the database ([`asking`],
//! [`authority`]), and says up to which position of the log it has seen.

mod asker;
mod asking;
pub mod audit;
mod authority;
mod bans;
mod calls;
mod directory;
mod erasures;
mod files;
mod fleeting;
mod invites;
mod member_names;
mod messages;
mod pattern;
mod place;
mod progress;
mod proof;
mod queries;
mod renderer;
mod roles;
mod rooms;
mod router;
mod search;
mod slice;
pub mod stream;
mod tree;
mod users;

pub use asker::{Gate, Opening, Viewer};
pub use calls::Turn;
pub use directory::Directory;
pub use files::FileUsage;
pub use member_names::MemberNames;
pub use progress::Progress;
pub use queries::Queries;
pub use renderer::Renderer;
pub use router::{document, router};
