//! What somebody's files take up.

use uuid::Uuid;

use crate::rows::{Rows, row};

row! {
    /// How many of somebody's files refer to a blob.
    struct FileReference in "file_reference" by Reference { user_id: Uuid, blob: String } {
        user_id: Uuid,
        blob: String,
        files: i64,
    }
}

row! {
    /// What counts against somebody's quota.
    struct FileUsage in "file_usage" by [user_id] {
        user_id: Uuid,
        files: i64,
        bytes: i64,
    }
}

pub(super) fn want(rows: &mut Rows, user: Uuid, blob: &str) {
    rows.file_references.want(Reference { user_id: user, blob: blob.to_owned() });
}

/// One more file is theirs, which refers to the blob; to none if its bytes are not here.
pub(super) fn take(rows: &mut Rows, user: Uuid, blob: Option<String>, size: i64) {
    add(rows, user, 1, 0);
    if let Some(blob) = blob {
        fill(rows, user, blob, size);
    }
}

/// One more of their files refers to the blob.
pub(super) fn fill(rows: &mut Rows, user: Uuid, blob: String, size: i64) {
    let files = refer(rows, user, blob, 1);
    add(rows, user, 0, if files == 1 { size } else { 0 });
}

/// One file less is theirs, with its reference to the blob.
pub(super) fn release(rows: &mut Rows, user: Uuid, blob: Option<String>, size: i64) {
    add(rows, user, -1, 0);
    if let Some(blob) = blob {
        let files = refer(rows, user, blob, -1);
        add(rows, user, 0, if files == 0 { -size } else { 0 });
    }
}

fn refer(rows: &mut Rows, user: Uuid, blob: String, files: i64) -> i64 {
    let key = Reference { user_id: user, blob: blob.clone() };
    let reference = rows.file_references.change_or_make(key, || FileReference { user_id: user, blob, files: 0 });
    reference.files += files;
    reference.files
}

fn add(rows: &mut Rows, user: Uuid, files: i64, bytes: i64) {
    let usage = rows.file_usages.add([user], || FileUsage { user_id: user, files: 0, bytes: 0 });
    usage.files += files;
    usage.bytes += bytes;
}
