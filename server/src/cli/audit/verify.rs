//! `hansard audit verify`.

mod files;
mod parquet;
mod text;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use record::{BadHead, Check, Checked, Differs, Head, VerifierKey};

use super::bounded::{self, LONGEST};
use super::manifest::Manifest;
use crate::cli::Failed;
use crate::cli::output::Output;

const EXAMPLES: &str = "\
Examples:

  hansard audit verify 2026.ndjson --key checkpoint-key.txt
  hansard audit verify 2026.ndjson --checkpoint checkpoint.txt --key checkpoint-key.txt
  hansard audit verify 2026.parquet --since last-year.txt --key checkpoint-key.txt";

/// Said of what sealed fields hold, which nothing proves.
pub(super) const OPENED: &str =
    "what stands in `opened` is the word of whoever wrote the file: what is proved is sealed";

/// Checks an export against its manifest and a checkpoint: offline, with no database, in constant memory.
///
/// Exits with 0 if all that the checkpoint covers is in the export as it was recorded; events past it are not yet covered, and
/// counted. Otherwise exits with 1 and names the first position that differs, and how. With `--since`, the older
/// checkpoints must be of the same history: one that was rewritten since is found even if it was signed anew.
///
/// Of an export that is not of the whole log, only that its files are those of its manifest can be checked, which whoever
/// changed both passes: with `--part`. `hansard audit prove` proves single events of it.
///
/// A line of more than 64 MiB, or a manifest or checkpoint of more, is refused: no event is so long.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Verify {
    /// An export, from position 1 on: a file of NDJSON or CloudEvents, or a folder of Parquet; - is NDJSON on standard input.
    export: PathBuf,
    /// The checkpoint: a file, as `GET /v1/audit/checkpoint` answered it. Without it that of the manifest beside the export is taken.
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// The key that signed it: a vkey, or a file of them. Without it signatures are not checked.
    #[arg(long, value_name = "VKEY")]
    key: Option<String>,
    /// An older checkpoint; may be given several times.
    #[arg(long, value_name = "FILE")]
    since: Vec<PathBuf>,
    /// The export is known to be of a part of the log: its files are compared with the manifest, and nothing else.
    #[arg(long, conflicts_with_all = ["checkpoint", "since"])]
    part: bool,
}

/// A file is not what it should be.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("{} cannot be read", file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("{}: line {line} is longer than {} MiB: no event is", file.display(), LONGEST >> 20)]
    TooLong { file: PathBuf, line: u64 },
    #[error("{} is larger than {} MiB: nothing that belongs here is", file.display(), LONGEST >> 20)]
    TooLarge { file: PathBuf },
    #[error("{}", file.display())]
    Checkpoint { file: PathBuf, source: BadHead },
    #[error("{} is no manifest of an export", file.display())]
    Manifest { file: PathBuf, source: serde_json::Error },
    #[error("{} is no Parquet of an export", file.display())]
    Parquet { file: PathBuf, source: ::parquet::errors::ParquetError },
    #[error("a hash is not 32 bytes in base64")]
    Hash,
    #[error("{} has no checkpoint in a manifest beside it: give one with --checkpoint", export.display())]
    NoCheckpoint { export: PathBuf },
}

/// Why an export is not to be believed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Wrong {
    #[error(transparent)]
    Differs(#[from] Differs),
    #[error("{0} is not the file that the manifest describes")]
    OtherFile(String),
    #[error("{0} is not in the manifest")]
    NotDescribed(String),
    #[error("{0} is missing")]
    Missing(String),
    #[error("{file}: column {at} is `{found}`; in an export it is `{expected}`")]
    Column { file: String, at: usize, found: String, expected: String },
    #[error("{0} says more than its columns: an export has no such metadata")]
    Metadata(String),
    #[error("the manifest is said to be of {manifest}, the checkpoint is of {checkpoint}")]
    OtherRecord { manifest: String, checkpoint: String },
    #[error("the events are said to be of epoch {events}, the manifest of epoch {manifest}")]
    OtherEpoch { events: i64, manifest: i64 },
    #[error(
        "this is said to be a part of the log, which no checkpoint covers: --part compares its files with the manifest alone"
    )]
    Part,
    #[error("the export ends at position {last}: there was more, up to position {end}")]
    CutOff { last: u64, end: i64 },
}

/// What was found, or why it could not be looked for.
type Found<T> = Result<Result<T, Wrong>, Failed>;

impl Verify {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let keys = self.key.as_deref().map(keys).transpose()?;
        let manifest = self.manifest()?;
        let mut output = Output::new();
        if keys.is_none() {
            output.line("signatures are not checked: no --key was given")?;
        }
        let mut heads = vec![];
        for file in self.since.iter().chain(&self.checkpoint) {
            heads.push(head(file, keys.as_deref())?);
        }
        let found = match &manifest {
            Some(manifest) if self.part => files::read(&self.export, Some(manifest), None)?.map(|()| None),
            Some(manifest) if self.checkpoint.is_none() && !manifest.is_whole() => Err(Wrong::Part),
            Some(manifest) if manifest.is_cut_off() => Err(Wrong::CutOff { last: manifest.events, end: manifest.end }),
            Some(manifest) if self.checkpoint.is_none() => {
                self.by_manifest(manifest, heads, keys.as_deref())?.map(Some)
            }
            Some(_) | None if self.checkpoint.is_none() => {
                return Err(Unusable::NoCheckpoint { export: self.export }.into());
            }
            Some(_) | None => self.by_checkpoint(manifest.as_ref(), heads)?.map(Some),
        };
        let found = found.and_then(|checked| of_its_epoch(checked, manifest.as_ref()));
        match found {
            Ok(checked) => {
                output.line(told(checked, manifest.as_ref()))?;
                // Of a part no event is looked at: what it should hold stands in the manifest.
                if checked.map_or_else(|| manifest.as_ref().is_some_and(Manifest::is_opened), |checked| checked.opened)
                {
                    output.line(OPENED)?;
                }
            }
            Err(wrong) => {
                output.line(wrong)?;
                return Ok(ExitCode::FAILURE);
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn manifest(&self) -> Result<Option<Manifest>, Unusable> {
        let file = Manifest::beside(&self.export);
        if !file.exists() {
            return Ok(None);
        }
        serde_json::from_slice(&read(&file)?).map(Some).map_err(|source| Unusable::Manifest { file, source })
    }

    /// By a checkpoint that stands in it before the export's end, or at it.
    fn by_checkpoint(&self, manifest: Option<&Manifest>, heads: Vec<Head>) -> Found<Checked> {
        let mut check = match Check::against(heads) {
            Ok(check) => check,
            Err(differs) => return Ok(Err(differs.into())),
        };
        let read = files::read(&self.export, manifest, Some(&mut check))?;
        Ok(concluded(read, || check.end()))
    }

    /// By the checkpoint of the manifest, which covers all of the export, and by older ones.
    fn by_manifest(&self, manifest: &Manifest, heads: Vec<Head>, keys: Option<&[VerifierKey]>) -> Found<Checked> {
        let (Some(note), Some(consistency)) = (&manifest.checkpoint, &manifest.consistency) else {
            return Err(Unusable::NoCheckpoint { export: self.export.clone() }.into());
        };
        let file = Manifest::beside(&self.export);
        let later = signed(note.as_bytes(), keys).map_err(|source| Unusable::Checkpoint { file, source })?;
        let hashes = hashes(consistency)?;
        if !later.is_of(&manifest.origin.to_string()) {
            let (manifest, checkpoint) = (manifest.origin.to_string(), later.origin);
            return Ok(Err(Wrong::OtherRecord { manifest, checkpoint }));
        }
        let mut check = match Check::against(heads) {
            Ok(check) => check,
            Err(differs) => return Ok(Err(differs.into())),
        };
        let read = files::read(&self.export, Some(manifest), Some(&mut check))?;
        Ok(concluded(read, || check.end_within(manifest.events, &later, &hashes)))
    }
}

/// What was changed is named, rather than that something was.
fn concluded(read: Result<(), Wrong>, end: impl FnOnce() -> Result<Checked, Differs>) -> Result<Checked, Wrong> {
    match read {
        Ok(()) => Ok(end()?),
        Err(wrong @ (Wrong::OtherFile(_) | Wrong::Missing(_))) => end().map_err(Wrong::from).and(Err(wrong)),
        Err(wrong) => Err(wrong),
    }
}

/// What no checkpoint tells: the number of a history that events and manifest say they are of is at least the same.
fn of_its_epoch(checked: Option<Checked>, manifest: Option<&Manifest>) -> Result<Option<Checked>, Wrong> {
    let events = checked.and_then(|checked| checked.epoch);
    let told = events.zip(manifest.map(|manifest| i64::from(manifest.epoch)));
    match told.filter(|(events, manifest)| events != manifest) {
        Some((events, manifest)) => Err(Wrong::OtherEpoch { events, manifest }),
        None => Ok(checked),
    }
}

fn told(checked: Option<Checked>, manifest: Option<&Manifest>) -> String {
    let described = manifest.map_or("", |_| "; the files are those that the manifest describes");
    match checked {
        None => format!(
            "{} events of a part of the log{described}: no checkpoint covers them alone",
            manifest.map_or(0, |manifest| manifest.events)
        ),
        Some(Checked { covered, not_yet_covered: 0, .. }) => {
            format!("{covered} events are as they were recorded{described}")
        }
        Some(Checked { covered, not_yet_covered, .. }) => format!(
            "{covered} events are as they were recorded; {not_yet_covered} events past the checkpoint are not yet covered{described}"
        ),
    }
}

/// A vkey holds pluses, a file's name need not exist.
pub(super) fn keys(key: &str) -> Result<Vec<VerifierKey>, Unusable> {
    let text = if Path::new(key).exists() { read(Path::new(key))? } else { key.as_bytes().to_vec() };
    let text = String::from_utf8_lossy(&text).into_owned();
    Ok(text.lines().filter(|line| !line.trim().is_empty()).map(|line| VerifierKey(line.to_owned())).collect())
}

fn head(file: &Path, keys: Option<&[VerifierKey]>) -> Result<Head, Unusable> {
    signed(&read(file)?, keys).map_err(|source| Unusable::Checkpoint { file: file.to_owned(), source })
}

/// The head that a checkpoint holds; without keys, whoever signed it.
pub(super) fn signed(checkpoint: &[u8], keys: Option<&[VerifierKey]>) -> Result<Head, BadHead> {
    keys.map_or_else(|| Head::read(checkpoint), |keys| Head::verify(checkpoint, keys))
}

/// Hashes in base64.
pub(super) fn hashes(texts: &[String]) -> Result<Vec<[u8; 32]>, Unusable> {
    let hash = |text: &String| STANDARD.decode(text).ok()?.try_into().ok();
    texts.iter().map(hash).collect::<Option<_>>().ok_or(Unusable::Hash)
}

/// All of a file, which may not be larger than anything that is checked.
pub(super) fn read(file: &Path) -> Result<Vec<u8>, Unusable> {
    let whole = bounded::whole(file).map_err(|source| Unusable::Unreadable { file: file.to_owned(), source })?;
    whole.ok_or_else(|| Unusable::TooLarge { file: file.to_owned() })
}
