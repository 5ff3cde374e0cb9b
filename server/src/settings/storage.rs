//! Where files' bytes are: in a folder, or in a bucket.

use std::path::PathBuf;
use std::str::FromStr;

use blob_store::{BlobError, Blobs, BucketSettings};

use super::quantity::bytes;
use super::{Secret, Switch};

/// Where files' bytes are.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Files")]
pub struct Storage {
    /// Where files' bytes are: a folder, which command-api, query-api and reactor share, made if it is missing; or a bucket
    /// by the protocol of S3, as `s3://BUCKET` or `s3://BUCKET/PREFIX`.
    ///
    /// Back it up after the database, not before: then whatever is on record has its bytes.
    #[arg(long, env = "HANSARD_BLOBS", value_name = "FOLDER|BUCKET", default_value = "blobs")]
    pub blobs: Place,

    /// The folder of bytes that are on their way into a bucket, which command-api and reactor share; made if it is
    /// missing. Where `HANSARD_BLOBS` is a folder, they are in it.
    #[arg(long, env = "HANSARD_UPLOADS", value_name = "FOLDER", default_value = "uploads")]
    pub uploads: PathBuf,

    /// What stays free on the disk of the folder, with a bucket of `HANSARD_UPLOADS`: an upload that would leave less is
    /// answered 507.
    #[arg(long, env = "HANSARD_BLOBS_KEEP_FREE", value_name = "SIZE", default_value = "1GiB", value_parser = bytes)]
    pub blobs_keep_free: i64,

    /// Where the bucket is, as `https://HOST` or `http://HOST:PORT`; without it at Amazon, in `HANSARD_S3_REGION`.
    #[arg(long, env = "HANSARD_S3_ENDPOINT", value_name = "URL")]
    pub s3_endpoint: Option<String>,

    /// The bucket's region.
    #[arg(long, env = "HANSARD_S3_REGION", value_name = "REGION", default_value = "us-east-1")]
    pub s3_region: String,

    /// Id of the key that opens the bucket.
    #[arg(long, env = "HANSARD_S3_KEY_ID", value_name = "ID")]
    pub s3_key_id: Option<String>,

    /// That key.
    #[arg(long, env = "HANSARD_S3_SECRET", value_name = "KEY", hide_env_values = true)]
    pub s3_secret: Option<Secret>,

    /// Whether the bucket's name stands in the path of addresses, as most stores but Amazon's want it, or in their host.
    /// Without it: with `HANSARD_S3_ENDPOINT` in the path.
    #[arg(long, env = "HANSARD_S3_PATH_STYLE", value_name = "SWITCH")]
    pub s3_path_style: Option<Switch>,
}

/// A folder or a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A folder.
    Folder(PathBuf),
    /// A bucket.
    Bucket {
        /// What it is called.
        name: String,
        /// What names in it begin with; empty if it is ours alone.
        prefix: String,
    },
}

/// The storage cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum NoStorage {
    /// The folder cannot be made, or the bucket's settings are none.
    #[error("HANSARD_BLOBS")]
    Blobs(#[from] BlobError),
    /// Nothing opens the bucket.
    #[error("HANSARD_BLOBS is a bucket, which HANSARD_S3_KEY_ID and HANSARD_S3_SECRET must open")]
    NoKey,
}

impl FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some(bucket) = text.strip_prefix("s3://") else { return Ok(Self::Folder(text.into())) };
        let (name, prefix) = bucket.split_once('/').unwrap_or((bucket, ""));
        if name.is_empty() {
            return Err("a bucket has a name: s3://BUCKET or s3://BUCKET/PREFIX");
        }
        Ok(Self::Bucket { name: name.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
    }
}

impl Storage {
    /// The blobs there. Whether a bucket answers is not asked.
    pub(crate) async fn open(&self) -> Result<Blobs, NoStorage> {
        match &self.blobs {
            Place::Folder(folder) => Ok(Blobs::open(folder).await?),
            Place::Bucket { name, prefix } => {
                let (Some(key_id), Some(secret)) = (&self.s3_key_id, &self.s3_secret) else {
                    return Err(NoStorage::NoKey);
                };
                let bucket = BucketSettings {
                    bucket: name.clone(),
                    prefix: prefix.clone(),
                    endpoint: self.s3_endpoint.clone(),
                    region: self.s3_region.clone(),
                    key_id: key_id.clone(),
                    secret: secret.reveal().to_owned(),
                    path_style: self.s3_path_style.map_or(self.s3_endpoint.is_some(), |switch| switch == Switch::On),
                };
                Ok(Blobs::in_bucket(&self.uploads, &bucket).await?)
            }
        }
    }

    /// Bytes of its disk that stay free.
    pub(crate) fn keep_free(&self) -> u64 {
        self.blobs_keep_free.unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_has_a_name_and_perhaps_a_prefix() {
        let bucket = |name: &str, prefix: &str| Ok(Place::Bucket { name: name.into(), prefix: prefix.into() });
        assert_eq!("s3://files".parse(), bucket("files", ""));
        assert_eq!("s3://files/chat/blobs/".parse(), bucket("files", "chat/blobs"));
        assert_eq!("/var/lib/s3".parse(), Ok(Place::Folder("/var/lib/s3".into())));
        assert!("s3://".parse::<Place>().is_err() && "s3:///x".parse::<Place>().is_err());
    }
}
