//! What is mailed, and what comes of it.

mod reset;
mod smtp;
mod verification;
