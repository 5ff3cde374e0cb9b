//! What is mailed, and what comes of it.

mod expiry;
mod once;
mod reset;
mod smtp;
mod verification;
