//! The one binary: settings, roles, lifecycle, admin and auditor commands.

mod access;
pub mod application;
pub mod cli;
mod database;
mod health;
mod http;
mod import;
mod keyring;
pub mod lifecycle;
mod mail;
mod metrics;
mod migrations;
mod past;
mod replayer;
pub mod role;
pub mod settings;
mod signals;

pub use application::{Application, StartError};
pub use settings::Settings;
