#![allow(clippy::unwrap_used, clippy::expect_used)]

mod faults;
mod following;
mod formats;
mod remembering;
mod taking_in;

use std::io::Write;
use std::sync::Mutex;

use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ::parquet::file::properties::WriterProperties;
use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use tempfile::TempDir;

use std::fs::{self, File};
use std::io;

use super::jobs::{Job, hash};
use super::parquet_file::days_since_epoch;
use super::store::entries;
use super::*;

/// A landing folder with one source, `things(id, name, note)`, of which `id` and `name` are required.
struct World {
    root: TempDir,
    sources: Vec<SourceSpec>,
}

/// Every text column of bronze and `_rescued`, row by row.
type Rows = Vec<Vec<Option<String>>>;

impl World {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("landing/things")).unwrap();
        Self {
            root,
            sources: vec![spec("things", &["id", "name", "note"], &["id", "name"])],
        }
    }

    fn landing(&self) -> PathBuf {
        self.root.path().join("landing")
    }

    fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    fn put(&self, path: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.landing().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    fn ingest(&self) -> Result<Landed, PipelineError> {
        ingest(
            &self.landing().into(),
            &self.data(),
            &self.sources,
            2,
            "run",
            &|_, _| {},
        )
    }

    /// Takes in one more file beside a good one, and returns why it was set aside.
    fn set_aside(&self, path: &str, bytes: impl AsRef<[u8]>) -> String {
        self.put("things/dt=2026-01-01/good.csv", "id,name\n1,a\n")
            .put(path, bytes);
        let landed = self.ingest().unwrap();
        assert_eq!(landed.files.len(), 1, "the good file is taken in");
        assert_eq!(landed.set_aside.len(), 1);
        landed.set_aside[0].to_string()
    }

    /// Landing, opened.
    fn opened(&self) -> Landing {
        Landing::open(&self.landing().into()).unwrap()
    }

    fn refusal(&self) -> String {
        let refusal = self.ingest().unwrap_err();
        assert!(matches!(refusal, PipelineError::Landing(_)), "{refusal:?}");
        refusal
            .to_string()
            .replace(&self.landing().display().to_string(), "LANDING")
    }

    /// What stands on disk below `data`: each file with its bytes and time of change.
    fn on_disk(&self) -> Vec<(PathBuf, u64, std::time::SystemTime)> {
        let mut found = Vec::new();
        let mut folders = vec![self.data()];
        while let Some(folder) = folders.pop() {
            for path in entries(&folder).unwrap() {
                let metadata = path.metadata().unwrap();
                if metadata.is_dir() {
                    folders.push(path.clone());
                }
                found.push((path, metadata.len(), metadata.modified().unwrap()));
            }
        }
        found.sort();
        found
    }
}

fn spec(name: &str, columns: &[&str], required: &[&str]) -> SourceSpec {
    SourceSpec {
        optional: false,
        name: name.to_owned(),
        columns: columns
            .iter()
            .map(|column| ColumnSpec {
                name: (*column).to_owned(),
                required: required.contains(column),
                data_type: None,
            })
            .collect(),
    }
}

/// A Parquet file of these columns.
fn parquet(columns: Vec<(&str, ArrayRef)>, compression: ::parquet::basic::Compression) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, array)| (name, array, true)),
    )
    .unwrap();
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .build();
    let mut writer =
        ::parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties))
            .unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn rows(path: &Path, columns: &[&str]) -> Rows {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap())
        .unwrap()
        .build()
        .unwrap();
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.unwrap();
        let texts: Vec<_> = columns
            .iter()
            .map(|name| batch.column_by_name(name).unwrap().as_string::<i32>())
            .collect();
        for row in 0..batch.num_rows() {
            rows.push(
                texts
                    .iter()
                    .map(|text| text.is_valid(row).then(|| text.value(row).to_owned()))
                    .collect(),
            );
        }
        let numbers = batch
            .column_by_name("_row_number")
            .unwrap()
            .as_primitive::<Int64Type>();
        let first = i64::try_from(rows.len() - batch.num_rows()).unwrap() + 1;
        assert!(
            numbers
                .values()
                .iter()
                .copied()
                .eq(first..first + numbers.len() as i64),
            "row numbers run on from 1"
        );
    }
    rows
}

/// Which files there are, in which order.
fn order(files: &[BronzeFile]) -> Vec<(i64, String)> {
    files
        .iter()
        .map(|file| (file.ingest_seq, file.file_id.clone()))
        .collect()
}

/// The value of each row of a column of numbers.
fn numbers(path: &Path, column: &str) -> Vec<i64> {
    ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap())
        .unwrap()
        .build()
        .unwrap()
        .flat_map(|batch| {
            let batch = batch.unwrap();
            let column = batch.column_by_name(column).unwrap();
            assert_eq!(column.null_count(), 0);
            column.as_primitive::<Int64Type>().values().to_vec()
        })
        .collect()
}

fn things(path: &Path) -> Vec<String> {
    rows(path, &["id", "name", "note", "_rescued"])
        .into_iter()
        .map(|row| {
            row.into_iter()
                .map(|field| field.unwrap_or_else(|| "-".into()))
                .collect::<Vec<_>>()
                .join("|")
        })
        .collect()
}

fn gzip(content: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content.as_ref()).unwrap();
    encoder.finish().unwrap()
}
