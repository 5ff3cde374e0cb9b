//! What the database is asked, as sqlx logs it.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tracing::Level;

/// A log that is kept instead of printed.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What `work` comes to, and the statements of this thread meanwhile, each with the number of rows that it returned.
pub(crate) async fn statements_of<T>(work: impl Future<Output = T>) -> (T, Vec<(String, u64)>) {
    let written = Written::default();
    let writers = written.clone();
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_max_level(Level::DEBUG);
    let logged = tracing::subscriber::set_default(log.with_writer(move || writers.clone()).finish());
    let done = work.await;
    drop(logged);
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let asked = lines.filter(|line| line["target"] == "sqlx::query").map(|line| {
        // The text is left out where the summary is all of it.
        let [summary, text] = ["summary", "db.statement"].map(|field| line[field].as_str().unwrap().trim().to_owned());
        (if text.is_empty() { summary } else { text }, line["rows_returned"].as_u64().unwrap())
    });
    (done, asked.collect())
}
