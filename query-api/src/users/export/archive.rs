//! A ZIP archive that is taken away as it is written.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use serde::Serialize;
use time::OffsetDateTime;
use zip::write::{SimpleFileOptions, StreamWriter, ZipWriter};
use zip::{CompressionMethod, DateTime};

use super::ExportError;

/// What was written and not yet taken.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An archive in the making. Of what was written it remembers the names of the files.
pub(super) struct Archive {
    writer: ZipWriter<StreamWriter<Written>>,
    written: Written,
    options: SimpleFileOptions,
    /// Whether nothing is in the array yet that is being written.
    is_first: bool,
}

impl Archive {
    /// An archive whose files are of `now`.
    pub(super) fn new(now: OffsetDateTime) -> Self {
        let written = Written::default();
        let writer = ZipWriter::new_stream(written.clone());
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        let options = options.last_modified_time(time_of(now));
        Self { writer, written, options, is_first: true }
    }

    /// Begins a file.
    pub(super) fn file(&mut self, name: &str) -> Result<(), ExportError> {
        Ok(self.writer.start_file(name, self.options)?)
    }

    /// Begins a file that may have more bytes than old archives know.
    pub(super) fn large_file(&mut self, name: &str) -> Result<(), ExportError> {
        Ok(self.writer.start_file(name, self.options.large_file(true))?)
    }

    /// Writes bytes as they are.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        Ok(self.writer.write_all(bytes)?)
    }

    /// Writes a value, readable.
    pub(super) fn value(&mut self, value: &impl Serialize) -> Result<(), ExportError> {
        serde_json::to_writer_pretty(&mut self.writer, value)?;
        Ok(self.writer.write_all(b"\n")?)
    }

    /// Writes a value as a line.
    pub(super) fn line(&mut self, value: &impl Serialize) -> Result<(), ExportError> {
        serde_json::to_writer(&mut self.writer, value)?;
        Ok(self.writer.write_all(b"\n")?)
    }

    /// Begins a file that is an array.
    pub(super) fn begin_array(&mut self, name: &str) -> Result<(), ExportError> {
        self.file(name)?;
        self.is_first = true;
        Ok(self.writer.write_all(b"[")?)
    }

    /// Writes the next value of the array.
    pub(super) fn element(&mut self, value: &impl Serialize) -> Result<(), ExportError> {
        let between: &[u8] = if self.is_first { b"\n" } else { b",\n" };
        self.is_first = false;
        self.writer.write_all(between)?;
        Ok(serde_json::to_writer(&mut self.writer, value)?)
    }

    /// Ends the array.
    pub(super) fn end_array(&mut self) -> Result<(), ExportError> {
        Ok(self.writer.write_all(b"\n]\n")?)
    }

    /// What was written since the last time.
    pub(super) fn take(&self) -> Bytes {
        self.written.take().into()
    }

    /// The end, with what was written since the last time.
    pub(super) fn finish(self) -> Result<Bytes, ExportError> {
        self.writer.finish()?;
        Ok(self.written.take().into())
    }
}

/// As archives hold it; they know no time before 1980.
fn time_of(now: OffsetDateTime) -> DateTime {
    let year = u16::try_from(now.year()).unwrap_or_default();
    let time =
        DateTime::from_date_and_time(year, now.month().into(), now.day(), now.hour(), now.minute(), now.second());
    time.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use serde_json::{Value, json};
    use time::macros::datetime;

    use super::*;

    #[test]
    fn what_is_taken_piece_by_piece_is_an_archive() {
        let mut archive = Archive::new(datetime!(2025-03-01 12:00 UTC));
        let mut whole = Vec::new();
        archive.begin_array("numbers.json").unwrap();
        for number in 0..3 {
            archive.element(&number).unwrap();
            whole.extend(archive.take());
        }
        archive.end_array().unwrap();
        archive.begin_array("none.json").unwrap();
        archive.end_array().unwrap();
        archive.file("lines.jsonl").unwrap();
        archive.line(&json!({"a": 1})).unwrap();
        archive.line(&json!({"b": 2})).unwrap();
        whole.extend(archive.finish().unwrap());

        let mut read = zip::ZipArchive::new(Cursor::new(whole)).unwrap();
        let mut text = |name: &str| {
            let mut text = String::new();
            read.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        assert_eq!(serde_json::from_str::<Value>(&text("numbers.json")).unwrap(), json!([0, 1, 2]));
        assert_eq!(serde_json::from_str::<Value>(&text("none.json")).unwrap(), json!([]));
        assert_eq!(text("lines.jsonl"), "{\"a\":1}\n{\"b\":2}\n");
    }
}
