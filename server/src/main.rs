//! The one binary.

use std::process::ExitCode;

use clap::Parser;
use hansard::cli::Cli;

/// Takes a quarter less CPU a command than glibc's: `docs/benchmarks.md`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    Cli::parse().run()
}
