use std::fs::OpenOptions;
use std::io::Write;
use std::process::Command;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::*;

/// A pipe, which is opened for reading and for writing at the same time or not at all.
fn pipe(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

#[tokio::test]
async fn files_are_taken_in_side_by_side_and_each_once() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path().join("blobs")).await.unwrap();
    let keeping = Keeping::with(blobs, 0, 2);
    let paths = ["one", "two"].map(|name| pipe(folder.path(), name));
    let context = Context::ambient();
    let files: Vec<_> = paths.iter().map(|path| (FileId(context.new_id()), path.clone())).collect();
    // Neither comes to its end before both are read.
    let writes = spawn_blocking(move || {
        let mut files = paths.map(|path| OpenOptions::new().write(true).open(path).unwrap());
        for (file, text) in files.iter_mut().zip(["first", "the second"]) {
            file.write_all(text.as_bytes()).unwrap();
        }
    });
    let received = keeping.receive_all(files.clone(), &context);
    timeout(Duration::from_secs(10), received).await.expect("both are read at once").unwrap();
    writes.await.unwrap();
    for ((id, path), size) in files.into_iter().zip([5, 10]) {
        // Nobody writes to the pipe any more.
        let here = timeout(Duration::from_secs(10), keeping.receive(id, &path, &context)).await.expect("it is here");
        assert_eq!(here.unwrap().get().unwrap().bytes.size, size);
    }
}
