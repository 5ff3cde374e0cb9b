//! What stories stand on: the real application with a database and a broker of its own, and people who use it.
//!
//! `TestApp` runs in the test's process; `Spawned` is the binary as a child, to be killed; a `Cluster` is a PostgreSQL
//! of the test's own, to be killed, restored and misconfigured.

pub(crate) mod answer;
pub(crate) mod app;
pub(crate) mod broker;
pub(crate) mod cluster;
pub(crate) mod database;
pub(crate) mod environment;
pub(crate) mod listener;
pub(crate) mod mail;
pub(crate) mod mail_server;
pub(crate) mod moderation;
pub(crate) mod person;
pub(crate) mod request;
pub(crate) mod room;
pub(crate) mod setup;
pub(crate) mod spawned;

pub(crate) use answer::Answer;
pub(crate) use app::TestApp;
pub(crate) use broker::Broker;
pub(crate) use cluster::{Cluster, free_port};
pub(crate) use database::TestDatabase;
pub(crate) use listener::{Listener, kinds};
pub(crate) use person::Person;
pub(crate) use request::client;
pub(crate) use room::Room;
pub(crate) use setup::Setup;
pub(crate) use spawned::Spawned;
