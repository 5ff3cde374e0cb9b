//! `hansard import`.

mod files;
mod mattermost;

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use api_kit::Context;
use clap::Subcommand;
use command_api::accounts::{Accounts, Hasher};

use super::Failed;
use super::operator::Operator;
use super::output::Output;
use super::progress;
use crate::import::{self, Folder, Importer, Read};
use files::Files;

/// Brings in another system's history, with its original times.
///
/// Every fact is told once: a second import of the same source adds nothing, one that was interrupted goes on where it
/// was. It may be done while the server runs. What cannot be read is passed over, what is not quite in order made do with:
/// both are told with file and line, by a dry run too.
#[derive(Debug, clap::Args)]
pub(super) struct Import {
    #[command(subcommand)]
    source: Source,
}

#[derive(Debug, Subcommand)]
enum Source {
    /// A Slack export, unpacked: users.json, channels.json and a folder a channel.
    ///
    /// Channels become public rooms; people become accounts under their email, which `hansard admin set-password` lets
    /// them sign in to; of who was deactivated the email is not taken. Who has an account here already keeps it, if its
    /// email is verified; else they are told as kept apart. Threads become replies, reactions and pins what they are here.
    /// Files become files, with their bytes if --files names a folder that has them, at once or in a later import.
    ///
    ///   hansard import slack ~/export --dry-run
    ///   hansard import slack ~/export --files ~/export-files
    ///   hansard admin set-password alice@example.org
    #[command(verbatim_doc_comment)]
    Slack(Slack),
    /// A Mattermost bulk export, unpacked: a file of JSON lines.
    ///
    /// Channels become public and private rooms, archived ones too; the first channel admin owns the room, others have a
    /// role in it. Direct channels of two become dialogs, others private groups. People become accounts under their
    /// email, which `hansard admin set-password` lets them sign in to; of who was deactivated the email is not taken.
    /// Who has an account here already keeps it, if its email is verified; else they are told as kept apart. Files become
    /// files, with their bytes if --files names the folder of the unpacked export that has them, at once or in a later
    /// import.
    ///
    /// Posts are sorted by time in temporary files: $TMPDIR needs as much room as the export has. Memory is needed for
    /// people, rooms and memberships, however many posts there are.
    ///
    ///   hansard import mattermost export.jsonl --dry-run
    ///   hansard import mattermost export.jsonl --files .
    #[command(verbatim_doc_comment)]
    Mattermost(mattermost::Mattermost),
    /// Logs of an IRC channel: a file a day named by its date, `[hh:mm] <nick> text` a line, in UTC.
    ///
    /// The folder becomes one public room of its name, everyone who spoke an account that nobody can sign in to.
    #[command(verbatim_doc_comment)]
    Irc(From),
}

#[derive(Debug, clap::Args)]
struct From {
    /// The folder.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Reads and counts, and writes nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    operator: Operator,
}

#[derive(Debug, clap::Args)]
struct Slack {
    #[command(flatten)]
    from: From,
    #[command(flatten)]
    files: Files,
}

impl Import {
    pub(super) async fn run(self) -> Result<ExitCode, Failed> {
        match self.source {
            Source::Slack(Slack { from, files }) => {
                let folder = files.folder()?.map(Folder::looked_through).transpose()?;
                from.run(import::slack(&from.folder, folder.as_ref())?, Some(&files)).await
            }
            Source::Mattermost(from) => from.run().await,
            Source::Irc(from) => from.run(import::irc(&from.folder)?, None).await,
        }
    }
}

impl From {
    async fn run(&self, read: Read, files: Option<&Files>) -> Result<ExitCode, Failed> {
        let mut output = Output::new();
        for bad in &read.faults.bad {
            output.line(format_args!("passed over: {bad}"))?;
        }
        for mended in &read.faults.mended {
            output.line(format_args!("made do with: {mended}"))?;
        }
        let (facts, messages, rooms) = (read.count(), read.messages(), read.rooms.len());
        output.line(format_args!(
            "read {facts} facts: {messages} messages in {rooms} rooms; {} lines bad, {} made do with",
            read.faults.bad.len(),
            read.faults.mended.len()
        ))?;
        if let Some(files) = files {
            files.counted(read.files(), &mut output)?;
        }
        if self.dry_run {
            return Ok(ExitCode::SUCCESS);
        }
        let keeping = match files {
            Some(files) => files.keeping().await?,
            None => None,
        };
        let store = self.operator.open().await?;
        let context = Context::ambient();
        let accounts = Accounts::open(store.clone(), Hasher::new(context.clone())).await?;
        let bar = progress::bar("facts");
        bar.set_length(facts as u64);
        let told = |facts: usize| bar.inc(facts as u64);
        let importer = Importer::new(store, accounts, context, &told).with_files(keeping);
        let applied = importer.apply(&read).await;
        bar.finish_and_clear();
        tell_apart(&importer, &mut output)?;
        let applied = applied?;
        output.line(format_args!("added {}, known before {}", applied.added, applied.known))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Tells whom an import did not take for the account here that has their email; also of one that failed, since the next one
/// finds them imported.
fn tell_apart(importer: &Importer<'_>, output: &mut Output) -> io::Result<()> {
    for apart in importer.kept_apart() {
        output.line(format_args!("kept apart: {apart}"))?;
    }
    Ok(())
}
