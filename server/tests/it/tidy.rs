//! What reviews would otherwise have to watch: the architecture's invariants, as tests over the sources.

mod directions;
mod documents;
mod files;
mod golden;
mod permissions;
mod routes;
mod sources;
mod words;
