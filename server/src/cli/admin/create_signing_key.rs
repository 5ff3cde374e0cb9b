//! `hansard admin create-signing-key`.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::ExitCode;

use api_kit::Context;
use record::SigningKeys;
use zeroize::Zeroizing;

use super::Failed;
use crate::cli::output::Output;

/// Makes a key that signs the record, as a new line of a file that the server alone can read.
///
/// The first line of the file is version 1; of a file that has keys already the next version, which is then the newest. The
/// sealer signs with all of them from its next start on: remove the older ones once everybody who checks the record has the
/// new verifier key, which `GET /v1/audit/checkpoint-key` tells.
#[derive(Debug, clap::Args)]
pub(super) struct CreateSigningKey {
    /// The file, as `HANSARD_SIGNING_KEY_FILE` names it.
    #[arg(env = "HANSARD_SIGNING_KEY_FILE", value_name = "FILE")]
    file: PathBuf,
}

impl CreateSigningKey {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let keys = match std::fs::read_to_string(&self.file).map(Zeroizing::new) {
            Ok(text) => Zeroizing::new(SigningKeys::added(&text, Context::ambient().random())?),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Zeroizing::new(SigningKeys::added("", Context::ambient().random())?)
            }
            Err(error) => return Err(error.into()),
        };
        // Whole or not at all: a key that was lost while it was written down would take its signatures' worth with it.
        let mut part = self.file.clone().into_os_string();
        part.push(".part");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
        file.write_all(keys.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&part, &self.file)?;
        Output::new().line(format_args!("a key was added to {}: restart the sealer", self.file.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}
