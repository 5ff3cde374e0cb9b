//! Bytes that are kept in a bucket, by the protocol of S3.
//!
//! `<prefix>/kept/<first two letters>/<name>`, as in a folder. An object is there whole or not at all, and its name is given
//! once its bytes are known: nothing is copied or renamed there.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{
    ClientOptions, Error, GetOptions, GetRange, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig,
};

use crate::{BlobError, KEPT, Kept, Name, Reading, blocking};

/// Bytes of a part of what is put in several, which is all of it that is in memory. S3 takes at least 5 MiB.
const PART: u64 = 8 * 1024 * 1024;

/// Most parts that S3 takes: parts of larger files are larger.
const PARTS: u64 = 10_000;

/// How long connecting may take, and then each silence.
const CONNECTS_WITHIN: Duration = Duration::from_secs(5);
const SILENT_FOR: Duration = Duration::from_secs(15);

/// How often, and for how long, what failed is tried again.
const RETRIES: usize = 3;
const RETRIES_WITHIN: Duration = Duration::from_secs(10);

/// A bucket, and how to get at it.
#[derive(Clone, Debug)]
pub struct BucketSettings {
    /// What it is called.
    pub bucket: String,
    /// What names in it begin with; empty if it is ours alone.
    pub prefix: String,
    /// Where it is, such as `https://s3.example.org`; none is Amazon's, of the region.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: String,
    /// Who we are there.
    pub key_id: String,
    /// What proves it.
    pub secret: String,
    /// Whether its name stands in the path of addresses, not in their host.
    pub path_style: bool,
}

/// A bucket of bytes by name.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    store: Arc<AmazonS3>,
    kept: Path,
}

impl Bucket {
    pub(crate) fn open(settings: &BucketSettings) -> Result<Self, BlobError> {
        // For this process; whoever was first has it.
        _ = rustls::crypto::ring::default_provider().install_default();
        let plain = settings.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"));
        let client = ClientOptions::new()
            .with_allow_http(plain)
            .with_connect_timeout(CONNECTS_WITHIN)
            .with_read_timeout(SILENT_FOR)
            // A download takes as long as whoever reads it.
            .with_timeout_disabled();
        let retry = RetryConfig { max_retries: RETRIES, retry_timeout: RETRIES_WITHIN, ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&settings.bucket)
            .with_region(&settings.region)
            .with_access_key_id(&settings.key_id)
            .with_secret_access_key(&settings.secret)
            .with_virtual_hosted_style_request(!settings.path_style)
            // Not all that speak S3 know it.
            .with_disable_bulk_delete(true)
            .with_client_options(client)
            .with_retry(retry);
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        let kept = Path::parse(&settings.prefix).map_err(io::Error::other)?.join(KEPT);
        Ok(Self { store: Arc::new(builder.build()?), kept })
    }

    /// Puts a file, of so many bytes, under a name; returns once it is there.
    pub(crate) async fn keep(&self, from: &FilePath, size: u64, name: &Name) -> Result<(), BlobError> {
        if self.size(name).await? == Some(size) {
            return Ok(());
        }
        let (path, from) = (self.at(name), from.to_owned());
        let mut file = blocking(move || File::open(from)).await?;
        if size <= PART {
            let (_, bytes) = piece(file, PART).await?;
            self.store.put(&path, bytes.into()).await?;
            return Ok(());
        }
        let mut upload = self.store.put_multipart(&path).await?;
        let part = PART.max(size.div_ceil(PARTS));
        let put = async {
            loop {
                let bytes;
                (file, bytes) = piece(file, part).await?;
                if bytes.is_empty() {
                    break;
                }
                upload.put_part(bytes.into()).await?;
            }
            upload.complete().await?;
            Ok::<_, BlobError>(())
        };
        if let Err(error) = put.await {
            // What is left of it all the same, the bucket's own rules remove.
            _ = upload.abort().await;
            return Err(error);
        }
        Ok(())
    }

    pub(crate) async fn read(&self, name: &Name, range: Range<u64>) -> Result<Reading, BlobError> {
        if range.is_empty() {
            let size = self.size(name).await?.ok_or(BlobError::Missing)?;
            return if range.start <= size { Ok(stream::empty().boxed()) } else { Err(too_short()) };
        }
        let options = GetOptions { range: Some(GetRange::Bounded(range.clone())), ..GetOptions::default() };
        let found = self.store.get_opts(&self.at(name), options).await?;
        if found.range != range {
            return Err(too_short());
        }
        Ok(found.into_stream().map_err(BlobError::from).boxed())
    }

    /// How many bytes a name has; none if it has none.
    pub(crate) async fn size(&self, name: &Name) -> Result<Option<u64>, BlobError> {
        match self.store.head(&self.at(name)).await {
            Ok(found) => Ok(Some(found.size)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn remove(&self, name: &Name) -> Result<(), BlobError> {
        match self.store.delete(&self.at(name)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn parts(&self) -> Result<Vec<String>, BlobError> {
        let listed = self.store.list_with_delimiter(Some(&self.kept)).await?;
        Ok(listed.common_prefixes.iter().filter_map(|part| part.filename().map(str::to_owned)).collect())
    }

    pub(crate) async fn list(&self, part: &str) -> Result<Vec<Kept>, BlobError> {
        let part = self.kept.clone().join(part);
        let listed: BoxStream<'_, Result<ObjectMeta, Error>> = self.store.list(Some(&part));
        let kept = listed.try_filter_map(async |found| {
            // What has another name is not ours.
            let name = found.location.filename().and_then(|name| name.parse().ok());
            Ok(name.map(|name| Kept { name, size: found.size }))
        });
        Ok(kept.try_collect().await?)
    }

    /// Whether it answers, and lets us look.
    pub(crate) async fn answers(&self) -> Result<(), BlobError> {
        let none = self.kept.clone().join("-");
        self.store.list(Some(&none)).try_next().await?;
        Ok(())
    }

    fn at(&self, name: &Name) -> Path {
        self.kept.clone().join(name.first_two()).join(name.as_str())
    }
}

/// The next bytes of a file, at most so many.
async fn piece(file: File, most: u64) -> Result<(File, Bytes), BlobError> {
    blocking(move || {
        let mut bytes = vec![];
        (&file).take(most).read_to_end(&mut bytes)?;
        Ok((file, bytes.into()))
    })
    .await
}

fn too_short() -> BlobError {
    BlobError::Failed(io::Error::from(io::ErrorKind::UnexpectedEof))
}

impl From<Error> for BlobError {
    fn from(error: Error) -> Self {
        if matches!(error, Error::NotFound { .. }) { Self::Missing } else { Self::Failed(io::Error::other(error)) }
    }
}
