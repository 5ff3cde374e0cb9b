//! A call with video between two pages of a headless browser, which finds its way by our signals.

use std::path::PathBuf;
use std::process::Stdio;

use serde::Deserialize;
use tokio::process::Command;

use crate::Run;
use crate::files::{source, succeeds};

type Failed = Box<dyn std::error::Error>;

/// Where Debian has it.
const CHROMIUM: &str = "/usr/bin/chromium";

/// What the pages have seen.
#[derive(Deserialize)]
struct Seen {
    /// Frames that each decoded of the other's video.
    frames: [u64; 2],
    /// Milliseconds from the start of the call.
    took: u64,
}

/// Two pages hold a call until each has seen a second of the other.
pub(crate) async fn call(run: &Run) -> Result<(), Failed> {
    let clients = PathBuf::from(std::env::var("HANSARD_BENCH_CLIENTS")?);
    succeeds(Command::new(source("install-call")).arg(&clients)).await?;
    let mut node = Command::new("node");
    node.arg(source("call.mjs")).args([&format!("http://{}", run.address), CHROMIUM]).env("CLIENTS", &clients);
    let output = node.stdout(Stdio::piped()).spawn()?.wait_with_output().await?;
    if !output.status.success() {
        return Err(format!("the call failed: {}", output.status).into());
    }
    let Seen { frames: [one, other], took } = serde_json::from_slice(&output.stdout)?;
    println!("| a call with video between two pages | |\n| --- | ---: |");
    println!("| frames decoded by the one, by the other | {one}, {other} |");
    println!("| from its start until both had seen a second of the other | {took} ms |");
    Ok(())
}
