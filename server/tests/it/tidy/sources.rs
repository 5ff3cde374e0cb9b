//! The workspace's own sources, as they lie on disk.

use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand};

/// A file of the workspace.
pub(super) struct Source {
    /// Where, from the workspace's root, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

impl Source {
    /// Whether it is compiled into tests alone.
    pub(super) fn is_test(&self) -> bool {
        self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }
}

/// The workspace's root.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace").to_owned()
}

/// What cargo knows of the workspace's own crates.
pub(super) fn metadata() -> Metadata {
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml")).no_deps().other_options(["--offline".to_owned()]);
    command.exec().expect("cargo metadata answers")
}

/// Every Rust file of every crate; each crate has some.
pub(super) fn rust() -> Vec<Source> {
    let mut sources = vec![];
    for package in metadata().packages {
        let folder = package.manifest_path.parent().expect("a manifest lies in a folder");
        let found = below(folder.as_std_path(), "rs");
        assert!(!found.is_empty(), "no Rust file in {folder}");
        sources.extend(found);
    }
    sources
}

/// The files below `folder` whose name ends in `.extension`, in order.
pub(super) fn below(folder: &Path, extension: &str) -> Vec<Source> {
    let mut found = vec![];
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(read(&path));
            }
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn read(path: &Path) -> Source {
    let text = fs::read_to_string(path).expect("the file is UTF-8");
    let relative = path.strip_prefix(root()).expect("the file lies in the workspace");
    Source { path: relative.to_str().expect("the path is UTF-8").to_owned(), text }
}
