//! Files' bytes: how many there may be.

use std::time::Duration;

use command_api::FileSettings;
use reactor::CollectorSettings;

use super::Storage;
use super::quantity::{bytes, duration, lasting};

/// Files' bytes: where they are, and how many there may be.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Files")]
pub struct Blobs {
    /// Where they are.
    #[command(flatten)]
    pub storage: Storage,

    /// Most bytes of one file; a number with a unit: KiB, MiB, GiB.
    #[arg(long, env = "HANSARD_FILE_MAX_BYTES", value_name = "SIZE", default_value = "4GiB", value_parser = bytes)]
    pub file_max_bytes: i64,

    /// Most bytes of one person's files; the same bytes count once, however often they were uploaded or forwarded.
    #[arg(long, env = "HANSARD_FILES_USER_BYTES", value_name = "SIZE", default_value = "64GiB", value_parser = bytes)]
    pub files_user_bytes: i64,

    /// Most files of one person, those that they forwarded included.
    #[arg(long, env = "HANSARD_FILES_USER_COUNT", value_name = "NUMBER", default_value_t = 100_000)]
    pub files_user_count: u64,

    /// How long bytes stay that nothing refers to any more; a number with a unit: s, min, h, d. Those of who is erased
    /// go at once.
    #[arg(long, env = "HANSARD_BLOBS_GRACE", value_name = "TIME", default_value = "24h", value_parser = duration)]
    pub blobs_grace: Duration,

    /// Pause between two looks for such bytes; a number with a unit: ms, s, min, h.
    #[arg(long, env = "HANSARD_BLOBS_COLLECT_EVERY", value_name = "TIME", default_value = "10min", value_parser = lasting)]
    pub blobs_collect_every: Duration,
}

impl Blobs {
    /// How what nothing refers to is removed.
    pub(crate) fn collector(&self) -> CollectorSettings {
        CollectorSettings { grace: self.blobs_grace, every: self.blobs_collect_every }
    }

    /// How many there may be.
    pub(crate) fn limits(&self) -> FileSettings {
        FileSettings {
            file_bytes: self.file_max_bytes.unsigned_abs(),
            user_bytes: self.files_user_bytes.unsigned_abs(),
            user_files: self.files_user_count,
            keep_free: self.storage.keep_free(),
        }
    }
}
