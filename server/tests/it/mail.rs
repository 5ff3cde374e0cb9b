//! What is mailed, and what comes of it.

mod expiry;
mod reset;
mod smtp;
mod verification;
