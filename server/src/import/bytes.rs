//! The folder that an operator gives for the bytes of an export's files. Nothing outside of it is read, whatever the
//! export says, and whatever links are in it.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::ImportError;

/// How deep folders lie in each other; none that a tool makes are deeper.
const DEEPEST: usize = 16;

/// A folder with bytes of an export's files.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    /// What lies there, by the letters and digits that its name begins with, and by the name of the folder it is in.
    named: HashMap<String, PathBuf>,
}

impl Folder {
    /// The folder at a path.
    pub(crate) fn open(root: &Path) -> Result<Self, ImportError> {
        let unreadable = |source| ImportError::Unreadable { path: root.to_owned(), source };
        let root = root.canonicalize().map_err(unreadable)?;
        root.read_dir().map_err(unreadable)?;
        Ok(Self { root, named: HashMap::new() })
    }

    /// The same, once what lies in it is known by name.
    pub(crate) fn looked_through(self) -> Result<Self, ImportError> {
        let Self { root, .. } = self;
        let unreadable = |source| ImportError::Unreadable { path: root.clone(), source };
        let (mut own, mut within) = (HashMap::new(), HashMap::new());
        walk(&root, DEEPEST, &mut |path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let begins = name.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default();
            own.entry(begins.to_owned()).or_insert_with(|| path.to_owned());
            let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
            within.entry(folder).or_insert_with(|| path.to_owned());
        })
        .map_err(unreadable)?;
        within.extend(own);
        Ok(Self { root, named: within })
    }

    /// The file of an id: it is called so, or so and then something that is neither a letter nor a digit, or it lies in
    /// a folder that is called so.
    pub(crate) fn of(&self, id: &str) -> Option<&Path> {
        self.named.get(id).map(PathBuf::as_path)
    }

    /// The file at a path that an export tells, there or below `data`.
    pub(crate) fn at(&self, told: &str) -> Option<PathBuf> {
        let told = Path::new(told);
        if told.components().any(|part| !matches!(part, Component::Normal(_))) {
            return None;
        }
        let found = [self.root.join(told), self.root.join("data").join(told)];
        let found = found.into_iter().filter_map(|path| path.canonicalize().ok());
        found.filter(|path| path.starts_with(&self.root)).find(|path| path.is_file())
    }
}

/// Shows each file below a folder, in the order of names; links are not followed.
fn walk(folder: &Path, depth: usize, show: &mut dyn FnMut(&Path)) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let kind = entry.file_type()?;
        if kind.is_file() {
            show(&entry.path());
        } else if kind.is_dir() && depth > 0 {
            walk(&entry.path(), depth - 1, show)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder(paths: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for path in paths {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        folder
    }

    #[test]
    fn files_are_found_by_their_id_as_tools_lay_them_out() {
        let paths =
            ["F01", "F02.png", "general/attachments/F03-a photo.png", "F04_b.txt", "__uploads/F05/c.txt", "F061-d.txt"];
        let folder = folder(&paths);
        let found = Folder::open(folder.path()).unwrap().looked_through().unwrap();
        let root = folder.path().canonicalize().unwrap();
        for (id, path) in ["F01", "F02", "F03", "F04", "F05"].into_iter().zip(paths) {
            assert_eq!(found.of(id), Some(&*root.join(path)), "{id}");
        }
        assert_eq!(found.of("F06"), None, "of another's id the beginning");
        assert_eq!(found.of("general"), None);
    }

    #[test]
    fn nothing_outside_is_found() {
        let outside = folder(&["secret", "F01"]);
        let inside = folder(&["2024/a.txt", "data/2024/b.txt"]);
        symlink(outside.path().join("F01"), inside.path().join("F01")).unwrap();
        symlink(outside.path(), inside.path().join("F02")).unwrap();
        let found = Folder::open(inside.path()).unwrap().looked_through().unwrap();
        assert!(found.at("2024/a.txt").is_some() && found.at("2024/b.txt").is_some());
        let elsewhere = outside.path().file_name().unwrap().to_str().unwrap();
        let absolute = outside.path().join("secret").to_str().unwrap().to_owned();
        for told in
            [&*format!("../{elsewhere}/secret"), "2024/../../secret", &absolute, "F01", "F02/secret", "2024", ""]
        {
            assert_eq!(found.at(told), None, "{told}");
        }
        assert_eq!((found.of("F01"), found.of("F02")), (None, None));
    }
}
