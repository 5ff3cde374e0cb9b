//! The one binary.

use std::process::ExitCode;

use clap::Parser;
use hansard::cli::Cli;

fn main() -> ExitCode {
    Cli::parse().run()
}
