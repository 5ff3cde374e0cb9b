use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::sealed::{self, SealKey, Sealer};
use super::{Arrived, BlobError, Blobs, BucketSettings, Hash, Name};

async fn blobs() -> (Blobs, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Blobs::open(folder.path()).await.unwrap(), folder)
}

/// The same in a bucket that is in the test's store.
#[expect(clippy::disallowed_methods, reason = "tests have no settings; this is where they ask the environment")]
async fn in_a_bucket() -> (Blobs, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let bucket = BucketSettings {
        bucket: "files".into(),
        prefix: folder.path().file_name().unwrap().to_str().unwrap().replace('.', "x"),
        endpoint: Some(std::env::var("HANSARD_TEST_S3").expect("HANSARD_TEST_S3 is not set: ./dev test sets it")),
        region: "us-east-1".into(),
        key_id: "id".into(),
        secret: "secret".into(),
        path_style: true,
    };
    (Blobs::in_bucket(folder.path(), &bucket).await.unwrap(), folder)
}

async fn arrived(blobs: &Blobs, id: &str, bytes: &[u8]) -> Arrived {
    let mut arriving = blobs.receive("anna", id).await.unwrap();
    for piece in bytes.chunks(100_000) {
        arriving.write(Bytes::copy_from_slice(piece)).await.unwrap();
    }
    arriving.finish().await.unwrap()
}

async fn read(blobs: &Blobs, name: &Name, range: std::ops::Range<u64>) -> Result<Vec<u8>, BlobError> {
    let pieces: Vec<Bytes> = blobs.read(name, range).await?.try_collect().await?;
    Ok(pieces.concat())
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn files(folder: &TempDir, part: &str) -> usize {
    std::fs::read_dir(folder.path().join(part)).unwrap().count()
}

#[tokio::test]
async fn what_arrived_is_read_by_its_name_whole_and_in_part() {
    for (blobs, folder) in [blobs().await, in_a_bucket().await] {
        is_read_whole_and_in_part(&blobs, &folder).await;
    }
}

async fn is_read_whole_and_in_part(blobs: &Blobs, folder: &TempDir) {
    // More than a part of what a bucket takes in several.
    let bytes: Vec<u8> = (0..2_500_000_u32).flat_map(u32::to_le_bytes).collect();
    let whole = arrived(blobs, "one", &bytes).await;
    assert_eq!((whole.size, whole.head.as_slice()), (bytes.len() as u64, &bytes[..super::HEAD]));
    assert_eq!(whole.sha256, <[u8; 32]>::from(Sha256::digest(&bytes)));
    assert!(!blobs.has(&name("ab")).await.unwrap(), "what has no name is not had");
    whole.keep(&name("ab")).await.unwrap();
    drop(whole);
    assert_eq!(files(folder, "arriving"), 0);
    assert_eq!(read(blobs, &name("ab"), 0..bytes.len() as u64).await.unwrap(), bytes);
    assert_eq!(read(blobs, &name("ab"), 7..1_000_001).await.unwrap(), bytes[7..1_000_001]);
    assert_eq!(read(blobs, &name("ab"), 0..0).await.unwrap(), b"");
    assert!(read(blobs, &name("ab"), 0..bytes.len() as u64 + 1).await.is_err(), "never less than was asked for");
}

#[tokio::test]
async fn the_same_bytes_are_kept_once_and_may_have_several_names() {
    for (blobs, _folder) in [blobs().await, in_a_bucket().await] {
        are_kept_once_under_several_names(&blobs).await;
    }
}

async fn are_kept_once_under_several_names(blobs: &Blobs) {
    let (one, other) = (arrived(blobs, "one", b"x").await, arrived(blobs, "other", b"x").await);
    for arrived in [&one, &other] {
        arrived.keep(&name("ab")).await.unwrap();
    }
    one.keep(&name("ab-1")).await.unwrap();
    blobs.remove(&name("ab")).await.unwrap();
    blobs.remove(&name("ab")).await.unwrap();
    drop((one, other));
    assert!(matches!(read(blobs, &name("ab"), 0..1).await, Err(BlobError::Missing)));
    assert_eq!(read(blobs, &name("ab-1"), 0..1).await.unwrap(), b"x");
    assert_eq!(blobs.parts().await.unwrap(), ["ab"]);
    let kept = blobs.list("ab").await.unwrap();
    assert_eq!(kept.iter().map(|kept| (kept.name.as_str(), kept.size)).collect::<Vec<_>>(), [("ab-1", 1)]);
}

#[tokio::test]
async fn what_does_not_arrive_leaves_nothing() {
    let (blobs, folder) = blobs().await;
    let mut arriving = blobs.receive("anna", "one").await.unwrap();
    arriving.write(Bytes::from_static(b"half")).await.unwrap();
    assert!(blobs.receive("anna", "one").await.is_err(), "an id is one arrival's");
    drop(arriving);
    assert_eq!(files(&folder, "arriving"), 0);

    // As a killed process leaves it.
    std::fs::write(folder.path().join("arriving/dead"), b"half").unwrap();
    let modified = std::fs::metadata(folder.path().join("arriving/dead")).unwrap().modified().unwrap();
    let hour = Duration::from_hours(1);
    assert_eq!(blobs.sweep(hour, hour * 24, modified + Duration::from_mins(59)).await.unwrap(), 0);
    assert_eq!(blobs.sweep(hour, hour * 24, modified + hour).await.unwrap(), 1);
    assert_eq!(blobs.sweep(Duration::ZERO, Duration::ZERO, SystemTime::UNIX_EPOCH).await.unwrap(), 0);
}

#[test]
fn a_name_leads_nowhere_else() {
    for wrong in ["", "a", "..", "a/b", "A0", "a\0", &"a".repeat(129)] {
        assert!(wrong.parse::<Name>().is_err(), "{wrong:?}");
    }
    assert_eq!(name("0f-1").to_string(), "0f-1");
}

#[tokio::test]
async fn what_comes_in_parts_is_whole_in_the_end() {
    let (blobs, folder) = blobs().await;
    let begun = blobs.begun("alice", "one");
    assert_eq!(begun.noted().await.unwrap(), None);
    begun.begin(b"note".to_vec()).await.unwrap();
    for (offset, part) in [(0, &b"hel"[..]), (3, b""), (3, b"lo")] {
        let mut appending = begun.append(offset, Hash::None).await.unwrap().unwrap();
        assert!(begun.append(offset, Hash::None).await.unwrap().is_none(), "one part at a time");
        appending.write(Bytes::from_static(part)).await.unwrap();
        let appended = appending.finish().await.unwrap();
        assert_eq!(appended.take().await.unwrap(), offset + part.len() as u64);
    }
    assert!(begun.append(3, Hash::None).await.is_err(), "it begins where the last one ended");
    let whole = begun.complete().await.unwrap();
    assert_eq!((whole.size, whole.sha256), (5, <[u8; 32]>::from(Sha256::digest(b"hello"))));
    whole.keep(&name("ab")).await.unwrap();
    drop(whole);
    assert_eq!(blobs.owners().await.unwrap(), ["alice"]);
    assert_eq!(blobs.all_begun("alice").await.unwrap().len(), 1);
    begun.note(b"done".to_vec()).await.unwrap();
    begun.empty().await.unwrap();
    assert_eq!(begun.noted().await.unwrap(), Some(b"done".to_vec()));
    begun.forget().await.unwrap();
    assert_eq!(files(&folder, "resumed/alice"), 0);
    assert_eq!(read(&blobs, &name("ab"), 0..5).await.unwrap(), b"hello");
}

#[tokio::test]
async fn of_a_part_that_is_not_proven_nothing_stays() {
    let (blobs, _folder) = blobs().await;
    let begun = blobs.begun("alice", "one");
    begun.begin(vec![]).await.unwrap();
    let hash = || Hash::Sha256(Sha256::new());
    let part = async |offset, bytes: &'static [u8]| {
        let mut appending = begun.append(offset, hash()).await.unwrap().unwrap();
        appending.write(Bytes::from_static(bytes)).await.unwrap();
        appending.finish().await.unwrap()
    };
    let proven = part(0, b"hel").await;
    assert_eq!(proven.digest, Sha256::digest(b"hel").to_vec());
    proven.take().await.unwrap();
    drop(proven);
    part(3, b"xx").await.cut().await.unwrap();
    assert_eq!(begun.offset().await.unwrap(), Some(3));
    // As a process leaves it that is killed between the bytes and the proof.
    drop(part(3, b"yy").await);
    assert_eq!(begun.offset().await.unwrap(), Some(3));
    part(3, b"lo").await.take().await.unwrap();
    let whole = begun.complete().await.unwrap();
    assert_eq!(whole.sha256, <[u8; 32]>::from(Sha256::digest(b"hello")));
    let read: Vec<Bytes> = whole.read().await.unwrap().try_collect().await.unwrap();
    assert_eq!(read.concat(), b"hello");
}

#[tokio::test]
async fn what_came_is_cut_where_nobody_appends() {
    let (blobs, _folder) = blobs().await;
    let begun = blobs.begun("alice", "one");
    begun.begin(vec![]).await.unwrap();
    let mut appending = begun.append(0, Hash::None).await.unwrap().unwrap();
    appending.write(Bytes::from_static(b"hello")).await.unwrap();
    assert_eq!(begun.cut(3).await.unwrap(), None);
    appending.finish().await.unwrap().take().await.unwrap();
    for size in [9, 3] {
        assert_eq!(begun.cut(size).await.unwrap(), Some(()));
    }
    assert_eq!(begun.offset().await.unwrap(), Some(3));
}

#[tokio::test]
async fn a_part_is_cut_after_all_and_what_was_kept_of_it_stays_whole() {
    let (blobs, _folder) = blobs().await;
    let begun = blobs.begun("alice", "one");
    begun.begin(vec![]).await.unwrap();
    let part = async |offset, bytes: &'static [u8]| {
        let mut appending = begun.append(offset, Hash::None).await.unwrap().unwrap();
        appending.write(Bytes::from_static(bytes)).await.unwrap();
        let appended = appending.finish().await.unwrap();
        appended.take().await.unwrap();
        appended
    };
    drop(part(0, b"hel").await);
    for kept in [false, true] {
        let last = part(3, b"lo").await;
        assert_eq!(begun.offset().await.unwrap(), None, "nobody else is there before it is decided");
        let whole = begun.complete().await.unwrap();
        if kept {
            whole.keep(&name("ab")).await.unwrap();
        }
        drop(whole);
        last.cut().await.unwrap();
        assert_eq!(begun.offset().await.unwrap(), Some(3));
    }
    drop(part(3, b"p").await);
    assert_eq!(begun.complete().await.unwrap().sha256, <[u8; 32]>::from(Sha256::digest(b"help")));
    assert_eq!(read(&blobs, &name("ab"), 0..5).await.unwrap(), b"hello");

    let last = part(4, b"ing").await;
    begun.complete().await.unwrap().keep(&name("cd")).await.unwrap();
    begun.forget().await.unwrap();
    last.cut().await.unwrap();
    assert_eq!(read(&blobs, &name("cd"), 0..7).await.unwrap(), b"helping");
}

#[tokio::test]
async fn what_is_sealed_is_read_by_its_name_and_noticed_to_be_missing() {
    let (blobs, folder) = blobs().await;
    let (key, bytes) = (SealKey::new([7; 32]), vec![7; sealed::CHUNK + 5]);
    let mut sealer = Sealer::new(&key);
    let kept = [sealer.seal(&bytes).concat(), sealer.finish().to_vec()].concat();
    arrived(&blobs, "one", &kept).await.keep(&name("ab")).await.unwrap();
    let size = bytes.len() as u64;
    let read = async |range| {
        let pieces: Vec<Bytes> = blobs.read_sealed(&name("ab"), &key, size, range).await?.try_collect().await?;
        Ok::<_, BlobError>(pieces.concat())
    };
    assert_eq!(read(0..size).await.unwrap(), bytes);
    assert_eq!(read(65_530..65_539).await.unwrap(), bytes[65_530..65_539]);
    std::fs::write(folder.path().join("kept/ab/ab"), &kept[..kept.len() - 1]).unwrap();
    assert!(read(0..size).await.is_err());
    std::fs::write(folder.path().join("kept/ab/ab"), vec![0; kept.len()]).unwrap();
    assert!(matches!(read(0..size).await, Err(BlobError::Damaged)));
}
