//! Agreement with others: what is published of trees and signatures that this project did not make.
#![expect(clippy::unwrap_used, reason = "what does not go on has failed")]

mod checkpoints;
mod trees;
