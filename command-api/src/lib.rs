//! The write edge: parses, authenticates, decides, answers.
//!
//! A folder a noun, a file a command: its body, its handler and its entry in the OpenAPI document stand together. A
//! handler reads the request ([`api_kit`]'s extractors), lets the caller's command be decided from guarded state
//! (`Commands::execute`: proves the token, looks for an earlier answer, calls [`domain`]), and answers with the
//! position.

pub mod accounts;
mod actor;
mod administration;
mod answer;
mod bans;
mod caller;
mod calls;
mod chosen;
mod commands;
mod document;
mod erasure;
mod files;
mod holds;
mod invites;
pub mod mail;
mod members;
mod messages;
mod receipted;
mod refused;
mod roles;
mod rooms;
mod sessions;
mod uploads;

use axum::middleware::from_fn;
use utoipa_axum::router::OpenApiRouter;

pub use calls::{NotSent, Sending, Signal, Signals};
pub use commands::{CommandSettings, Commands, Registration};
pub use document::document;
pub use files::{FileSettings, Files, Pictures, described};

/// Every command that is answered soon, with its entry in the OpenAPI document.
pub fn routes(commands: Commands) -> OpenApiRouter {
    every().with_state(commands)
}

/// Commands that take as long as their bodies take to come.
pub fn uploads(commands: Commands) -> OpenApiRouter {
    files::uploads().merge(uploads::routes().layer(from_fn(uploads::speak))).with_state(commands)
}

fn every() -> OpenApiRouter<Commands> {
    OpenApiRouter::new()
        .merge(accounts::routes())
        .merge(sessions::routes())
        .merge(administration::routes())
        .merge(holds::routes())
        .merge(rooms::routes())
        .merge(roles::routes())
        .merge(members::routes())
        .merge(bans::routes())
        .merge(invites::routes())
        .merge(messages::routes())
        .merge(files::routes())
        .merge(calls::routes())
}
