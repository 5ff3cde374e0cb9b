//! `hansard audit verify`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use record::{BadHead, Check, Checked, Differs, Head, VerifierKey};

use crate::cli::Failed;
use crate::cli::output::Output;

const EXAMPLES: &str = "\
Examples:

  hansard audit verify 2026.ndjson --checkpoint checkpoint.txt --key checkpoint-key.txt
  hansard audit verify 2026.ndjson --checkpoint today.txt --since last-year.txt --key checkpoint-key.txt";

/// Checks an export of the whole log against a checkpoint: offline, with no database, in constant memory.
///
/// Exits with 0 if all that the checkpoint covers is in the export as it was recorded; events past it are not yet covered, and
/// counted. Otherwise exits with 1 and names the first position that differs, and how. With `--since`, the older
/// checkpoints must be of the same history: one that was rewritten since is found even if it was signed anew.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Verify {
    /// An export as `application/x-ndjson`, from position 1 on; - is standard input.
    export: PathBuf,
    /// The checkpoint: a file, as `GET /v1/audit/checkpoint` answered it.
    #[arg(long, value_name = "FILE")]
    checkpoint: PathBuf,
    /// The key that signed it: a vkey, or a file of them. Without it signatures are not checked.
    #[arg(long, value_name = "VKEY")]
    key: Option<String>,
    /// An older checkpoint; may be given several times.
    #[arg(long, value_name = "FILE")]
    since: Vec<PathBuf>,
}

/// A file is not what it should be.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("{} cannot be read", file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("{}", file.display())]
    Checkpoint { file: PathBuf, source: BadHead },
}

impl Verify {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let keys = self.key.as_deref().map(keys).transpose()?;
        let mut heads = vec![];
        for file in self.since.iter().chain([&self.checkpoint]) {
            heads.push(head(file, keys.as_deref())?);
        }
        let mut output = Output::new();
        if keys.is_none() {
            output.line("signatures are not checked: no --key was given")?;
        }
        match checked(&self.export, heads)? {
            Ok(Checked { covered, not_yet_covered: 0 }) => {
                output.line(format_args!("{covered} events are as they were recorded"))?;
            }
            Ok(Checked { covered, not_yet_covered }) => output.line(format_args!(
                "{covered} events are as they were recorded; {not_yet_covered} events past the checkpoint are not yet covered"
            ))?,
            Err(differs) => {
                output.line(differs)?;
                return Ok(ExitCode::FAILURE);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A vkey holds pluses, a file's name need not exist.
pub(super) fn keys(key: &str) -> Result<Vec<VerifierKey>, Unusable> {
    let text = if Path::new(key).exists() { read(Path::new(key))? } else { key.as_bytes().to_vec() };
    let text = String::from_utf8_lossy(&text).into_owned();
    Ok(text.lines().filter(|line| !line.trim().is_empty()).map(|line| VerifierKey(line.to_owned())).collect())
}

fn head(file: &Path, keys: Option<&[VerifierKey]>) -> Result<Head, Unusable> {
    let checkpoint = read(file)?;
    let head = keys.map_or_else(|| Head::read(&checkpoint), |keys| Head::verify(&checkpoint, keys));
    head.map_err(|source| Unusable::Checkpoint { file: file.to_owned(), source })
}

pub(super) fn read(file: &Path) -> Result<Vec<u8>, Unusable> {
    std::fs::read(file).map_err(|source| Unusable::Unreadable { file: file.to_owned(), source })
}

fn checked(export: &Path, heads: Vec<Head>) -> Result<Result<Checked, Differs>, Unusable> {
    let unreadable = |source| Unusable::Unreadable { file: export.to_owned(), source };
    let bar = ProgressBar::no_length().with_message("checking");
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {decimal_bytes}, {decimal_bytes_per_sec}") {
        bar.set_style(style);
    }
    let mut lines: Box<dyn BufRead> = if export == Path::new("-") {
        Box::new(BufReader::new(bar.wrap_read(std::io::stdin())))
    } else {
        let file = File::open(export).map_err(unreadable)?;
        if let Ok(about) = file.metadata() {
            bar.set_length(about.len());
        }
        Box::new(BufReader::with_capacity(1 << 20, bar.wrap_read(file)))
    };
    let mut check = match Check::against(heads) {
        Ok(check) => check,
        Err(differs) => return Ok(Err(differs)),
    };
    let mut line = vec![];
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
            break;
        }
        if let Err(differs) = check.line(&line) {
            return Ok(Err(differs));
        }
    }
    bar.finish_and_clear();
    Ok(check.end())
}
