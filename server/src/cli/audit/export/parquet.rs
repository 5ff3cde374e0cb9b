//! Exports as Parquet: files in a folder, each whole or not there, so that one that was broken off goes on with the next file. The plan
//! tells of each before the next has its name.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;
use parquet::schema::types::{ColumnPath, Type};
use query_api::audit::Event;
use sha2::{Digest, Sha256};

use super::plan::Plan;
use crate::cli::Failed;
use crate::cli::audit::manifest::{self, Part};

/// Events that are written at once: some 10 MB.
const GROUP: usize = 10_000;

/// An event. What others read of a file is described in `docs/auditing.md`.
const SCHEMA: &str = "message event {
    required int64 position;
    required binary event_id (string);
    required binary stream (string);
    required int64 sequence;
    required binary type (string);
    required binary version (string);
    required int64 recorded_at (timestamp(micros, true));
    required binary payload (json);
    required binary metadata (json);
    optional binary leaf (string);
    optional binary opened (json);
}";

/// Columns in which hardly two values are the same.
const OF_THEIR_OWN: [&str; 5] = ["event_id", "payload", "metadata", "leaf", "opened"];

/// A folder of files on its way.
pub(super) struct Folder {
    path: PathBuf,
    events_per_file: u64,
    group: Columns,
    open: Option<Open>,
    /// With the files that are whole.
    plan: Plan,
}

/// A file on its way.
struct Open {
    writer: SerializedFileWriter<Hashing>,
    path: PathBuf,
    part: Part,
}

/// A file that is hashed as it is written.
struct Hashing {
    file: File,
    hash: Sha256,
    bytes: u64,
}

/// A group of events, by column.
#[derive(Default)]
struct Columns {
    position: Vec<i64>,
    event_id: Vec<ByteArray>,
    stream: Vec<ByteArray>,
    sequence: Vec<i64>,
    r#type: Vec<ByteArray>,
    version: Vec<ByteArray>,
    recorded_at: Vec<i64>,
    payload: Vec<ByteArray>,
    metadata: Vec<ByteArray>,
    leaf: Vec<Option<ByteArray>>,
    opened: Vec<Option<ByteArray>>,
}

impl Folder {
    /// The folder at `path`, of which the plan tells what is whole.
    pub(super) fn open(path: &Path, events_per_file: u64, plan: Plan) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        // Another export's files would be read as this one's. One may have its name already, and not be told of.
        let ours: Vec<_> = (0..=plan.parts.len()).map(file_name).collect();
        for entry in std::fs::read_dir(path)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if name.ends_with(".parquet") && !ours.contains(&name) {
                return Err(io::Error::new(ErrorKind::AlreadyExists, format!("{name} is there, of another export")));
            }
        }
        Ok(Self { path: path.to_owned(), events_per_file, group: Columns::default(), open: None, plan })
    }

    /// The files that are whole.
    pub(super) fn done(&self) -> &[Part] {
        &self.plan.parts
    }

    /// Writes more events.
    pub(super) fn take(&mut self, events: Vec<Event>) -> Result<(), Failed> {
        for event in events {
            if self.open.is_none() {
                self.open = Some(Open::next(&self.path, self.plan.parts.len())?);
            }
            let Some(open) = &mut self.open else { continue };
            open.part.count(event.position);
            let is_full = open.part.events == self.events_per_file;
            self.group.push(event);
            if is_full || self.group.position.len() == GROUP {
                open.write(std::mem::take(&mut self.group))?;
            }
            if is_full {
                self.finish()?;
            }
        }
        Ok(())
    }

    /// Ends it; the files that it has. One at least, so that what it would have had columns of can be seen.
    pub(super) fn complete(mut self) -> Result<Vec<Part>, Failed> {
        if self.open.is_none() && self.plan.parts.is_empty() {
            self.open = Some(Open::next(&self.path, 0)?);
        }
        self.finish()?;
        Ok(self.plan.parts)
    }

    /// Ends the file that is open, if one is, gives it its name, and notes it in the plan.
    fn finish(&mut self) -> Result<(), Failed> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        open.write(std::mem::take(&mut self.group))?;
        self.plan.parts.push(open.finish()?);
        Ok(self.plan.keep(&self.path)?)
    }
}

impl Open {
    /// The file after so many.
    fn next(folder: &Path, done: usize) -> Result<Self, Failed> {
        let name = file_name(done);
        let path = folder.join(&name);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let file = options.open(manifest::with(&path, ".part"))?;
        let hashing = Hashing { file, hash: Sha256::new(), bytes: 0 };
        let writer = SerializedFileWriter::new(hashing, Arc::new(schema()?), Arc::new(properties()))?;
        let part = Part { name: format!("{}/{name}", manifest::name(folder)), ..Part::default() };
        Ok(Self { writer, path, part })
    }

    fn write(&mut self, columns: Columns) -> Result<(), ParquetError> {
        if columns.position.is_empty() {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        columns.write(&mut group)?;
        group.close()?;
        Ok(())
    }

    fn finish(self) -> Result<Part, Failed> {
        let Hashing { file, hash, bytes } = self.writer.into_inner()?;
        file.sync_all()?;
        manifest::rename(&manifest::with(&self.path, ".part"), &self.path)?;
        Ok(Part { bytes, sha256: hex::encode(hash.finalize()), ..self.part })
    }
}

impl Columns {
    fn push(&mut self, event: Event) {
        let raw =
            |text: Box<serde_json::value::RawValue>| ByteArray::from(String::from(Box::<str>::from(text)).into_bytes());
        let text = |text: String| ByteArray::from(text.into_bytes());
        self.position.push(event.position);
        self.event_id.push(text(event.event_id.to_string()));
        self.stream.push(text(event.stream));
        self.sequence.push(event.sequence);
        self.r#type.push(text(event.r#type));
        self.version.push(text(event.version));
        let micros = event.recorded_at.0.unix_timestamp_nanos() / 1000;
        self.recorded_at.push(i64::try_from(micros).unwrap_or(i64::MAX));
        self.payload.push(raw(event.payload));
        self.metadata.push(raw(event.metadata));
        self.leaf.push(event.leaf.map(text));
        self.opened.push(event.opened.map(|opened| text(opened.to_string())));
    }

    /// In the order of the schema.
    fn write(self, group: &mut SerializedRowGroupWriter<'_, Hashing>) -> Result<(), ParquetError> {
        numbers(group, &self.position)?;
        texts(group, &self.event_id)?;
        texts(group, &self.stream)?;
        numbers(group, &self.sequence)?;
        texts(group, &self.r#type)?;
        texts(group, &self.version)?;
        numbers(group, &self.recorded_at)?;
        texts(group, &self.payload)?;
        texts(group, &self.metadata)?;
        optional(group, self.leaf)?;
        optional(group, self.opened)
    }
}

/// Removes what there is of an export of which so many files are whole.
pub(super) fn discard(folder: &Path, done: usize) -> io::Result<()> {
    for path in (0..=done).map(|done| folder.join(file_name(done))) {
        manifest::remove(&manifest::with(&path, ".part"))?;
        manifest::remove(&path)?;
    }
    Ok(())
}

/// What the columns are, of every file of every export.
pub(in crate::cli::audit) fn schema() -> Result<Type, ParquetError> {
    parse_message_type(SCHEMA)
}

/// The name of the file after so many.
fn file_name(done: usize) -> String {
    format!("{:05}.parquet", done + 1)
}

/// The same bytes for the same events, whenever and wherever they are written.
fn properties() -> WriterProperties {
    let properties = WriterProperties::builder()
        .set_created_by("hansard".to_owned())
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk);
    let properties = OF_THEIR_OWN.into_iter().fold(properties, |properties, name| {
        let column = ColumnPath::from(name);
        properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_statistics_enabled(column, EnabledStatistics::None)
    });
    properties.build()
}

fn numbers(group: &mut SerializedRowGroupWriter<'_, Hashing>, values: &[i64]) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    column.typed::<Int64Type>().write_batch(values, None, None)?;
    column.close()
}

fn texts(group: &mut SerializedRowGroupWriter<'_, Hashing>, values: &[ByteArray]) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    column.typed::<ByteArrayType>().write_batch(values, None, None)?;
    column.close()
}

fn optional(
    group: &mut SerializedRowGroupWriter<'_, Hashing>,
    values: Vec<Option<ByteArray>>,
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else { return Ok(()) };
    let there: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let values: Vec<ByteArray> = values.into_iter().flatten().collect();
    column.typed::<ByteArrayType>().write_batch(&values, Some(&there), None)?;
    column.close()
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::SCHEMA;

    #[test]
    fn the_columns_are_those_that_are_documented() {
        let manual = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/auditing.md")).unwrap();
        let rows = manual.split_once("| column | type |").unwrap().1.lines().skip(2);
        let documented = rows.map_while(|row| {
            let mut cells = row.strip_prefix("| ")?.split(" | ");
            let (name, kind) = (cells.next()?.replace('`', ""), cells.next()?.replace('`', ""));
            assert_eq!(cells.filter(|cell| !cell.is_empty()).count(), 2, "{name}: what it is, and where it is from");
            Some((name, kind))
        });
        let columns = SCHEMA.lines().filter_map(|line| {
            let mut words = line.trim().strip_suffix(';')?.splitn(4, ' ');
            let (repeated, kind, name) = (words.next()?, words.next()?, words.next()?);
            let logical = words.next().map(|logical| format!(" {logical}")).unwrap_or_default();
            Some((name.to_owned(), format!("{repeated} {kind}{logical}")))
        });
        let columns: Vec<_> = columns.collect();
        assert_eq!((documented.collect::<Vec<_>>(), columns.len()), (columns, 11));
    }
}
