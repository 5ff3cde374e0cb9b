//! Where bytes are once they have a name.

use crate::bucket::Bucket;
use crate::folder::Folder;

/// Where bytes are once they have a name.
#[derive(Clone, Debug)]
pub(crate) enum Keeper {
    Folder(Folder),
    Bucket(Bucket),
}
