//! A bronze file: every field of a landing file as text, with where each row came from; described by its own footer.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Int64Array, StringArray, StringBuilder, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow::record_batch::RecordBatch;
use jiff::civil::Date;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, ParquetMetaDataReader};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use serde::{Deserialize, Serialize};

use super::row_hash::RowHash;

const BATCH_ROWS: usize = 8 << 10;
const BATCH_BYTES: usize = 8 << 20;
const ROW_GROUP_ROWS: usize = 64 << 10;
const ROW_GROUP_BYTES: usize = 64 << 20;
/// Goes up when a bronze file comes to hold something else; files of another format are taken in anew.
const FORMAT: &str = "2";
const FORMAT_KEY: &str = "carton_caps.format";
/// Names in the footer's key-value metadata.
const KEYS: [&str; 7] = [
    "carton_caps.source",
    "carton_caps.landing_path",
    "carton_caps.dt",
    "carton_caps.ingest_seq",
    "carton_caps.load_seq",
    "carton_caps.ingested_at",
    "carton_caps.landing_bytes",
];

/// Where a bronze file comes from. `ingest_seq` orders the files of a source: see [`super::ingest_seq`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Origin {
    pub source: String,
    /// Relative to landing, with forward slashes.
    pub landing_path: String,
    pub dt: Date,
    pub ingest_seq: i64,
    /// The landing file's size.
    pub bytes: u64,
}

/// The load that writes, the same for all its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    pub run_id: String,
    /// Greater than that of every load before.
    pub load_seq: i64,
    /// Microseconds since 1970, UTC; later than that of every load before, whatever the clock says.
    pub ingested_at: i64,
}

/// What the footer of a bronze file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Footer {
    pub origin: Origin,
    pub load_seq: i64,
    pub ingested_at: i64,
    pub rows: u64,
}

/// Writes rows to a bronze file, a row group at a time.
pub(super) struct BronzeWriter {
    schema: Arc<Schema>,
    writer: ArrowWriter<File>,
    columns: Vec<StringBuilder>,
    rescued: StringBuilder,
    /// The columns that hold one value throughout, `BATCH_ROWS` long: before and after the row's own columns.
    constant: [ArrayRef; 7],
    hash: RowHash,
    rows: usize,
    bytes: usize,
    written: u64,
}

impl BronzeWriter {
    pub(super) fn new(
        out: File,
        columns: &[String],
        origin: &Origin,
        file_id: &str,
        stamp: &Stamp,
    ) -> io::Result<Self> {
        let text = |name: &str| Field::new(name, DataType::Utf8, true);
        let number = |name: &str| Field::new(name, DataType::Int64, false);
        let mut fields: Vec<Field> = columns.iter().map(|name| text(name)).collect();
        fields.extend([
            Field::new(
                "_ingested_at",
                DataType::Timestamp(TimeUnit::Microsecond, None),
                false,
            ),
            text("_run_id"),
            text("_source_file"),
            text("_file_id"),
            number("_row_number"),
            number("_ingest_seq"),
            text("_rescued"),
            Field::new("_dt", DataType::Date32, false),
            number("_row_hash"),
            number("_load_seq"),
        ]);
        let schema = Arc::new(Schema::new(fields));
        let values = [
            &origin.source,
            &origin.landing_path,
            &origin.dt.to_string(),
            &origin.ingest_seq.to_string(),
            &stamp.load_seq.to_string(),
            &stamp.ingested_at.to_string(),
            &origin.bytes.to_string(),
        ];
        let metadata = KEYS
            .iter()
            .zip(values)
            .map(|(key, value)| KeyValue::new((*key).to_owned(), value.clone()))
            .chain([KeyValue::new(FORMAT_KEY.to_owned(), FORMAT.to_owned())]);
        let mut properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
            .set_key_value_metadata(Some(metadata.collect()));
        for name in ["_dt", "_ingest_seq", "_load_seq", "_row_number"] {
            properties = properties
                .set_column_statistics_enabled(ColumnPath::from(name), EnabledStatistics::Chunk);
        }
        // Counters and hashes repeat nothing, so a dictionary of them is work for nothing.
        let (row_number, row_hash) = (
            ColumnPath::from("_row_number"),
            ColumnPath::from("_row_hash"),
        );
        properties = properties
            .set_column_dictionary_enabled(row_number.clone(), false)
            .set_column_encoding(row_number, Encoding::DELTA_BINARY_PACKED)
            .set_column_dictionary_enabled(row_hash.clone(), false)
            .set_column_compression(row_hash, Compression::UNCOMPRESSED);
        let options = ArrowWriterOptions::new()
            .with_properties(properties.build())
            .with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(out, Arc::clone(&schema), options)
            .map_err(io_error)?;
        let same = |value: &str| {
            Arc::new(StringArray::from_iter_values(std::iter::repeat_n(
                value, BATCH_ROWS,
            ))) as ArrayRef
        };
        let constant = [
            Arc::new(TimestampMicrosecondArray::from_value(
                stamp.ingested_at,
                BATCH_ROWS,
            )) as ArrayRef,
            same(&stamp.run_id),
            same(&origin.landing_path),
            same(file_id),
            Arc::new(Int64Array::from_value(origin.ingest_seq, BATCH_ROWS)),
            Arc::new(Date32Array::from_value(
                days_since_epoch(origin.dt),
                BATCH_ROWS,
            )),
            Arc::new(Int64Array::from_value(stamp.load_seq, BATCH_ROWS)),
        ];
        Ok(Self {
            schema,
            writer,
            columns: columns
                .iter()
                .map(|_| StringBuilder::with_capacity(BATCH_ROWS, BATCH_ROWS * 16))
                .collect(),
            rescued: StringBuilder::new(),
            constant,
            hash: RowHash::new(columns),
            rows: 0,
            bytes: 0,
            written: 0,
        })
    }

    /// Adds a row; an empty field is NULL.
    pub(super) fn push<'a>(
        &mut self,
        fields: impl Iterator<Item = &'a str>,
        rescued: Option<&str>,
    ) -> io::Result<()> {
        for (column, field) in self.columns.iter_mut().zip(fields) {
            self.bytes += field.len();
            if field.is_empty() {
                column.append_null();
            } else {
                column.append_value(field);
            }
        }
        self.bytes += rescued.map_or(0, str::len);
        self.rescued.append_option(rescued);
        self.rows += 1;
        if self.rows == BATCH_ROWS || self.bytes >= BATCH_BYTES {
            self.write_batch()?;
        }
        Ok(())
    }

    /// Writes the rest and the footer, and waits until the disk has it all. Returns the number of rows.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        self.write_batch()?;
        self.writer.finish().map_err(io_error)?;
        self.writer.inner().sync_all()?;
        Ok(self.written)
    }

    fn write_batch(&mut self) -> io::Result<()> {
        let rows = self.rows;
        if rows == 0 {
            return Ok(());
        }
        let first = i64::try_from(self.written).map_err(io::Error::other)? + 1;
        let row_numbers = Int64Array::from_iter_values((first..).take(rows));
        let [
            ingested_at,
            run_id,
            source_file,
            file_id,
            ingest_seq,
            dt,
            load_seq,
        ] = self.constant.each_ref().map(|array| array.slice(0, rows));
        let texts: Vec<StringArray> = self
            .columns
            .iter_mut()
            .chain([&mut self.rescued])
            .map(StringBuilder::finish)
            .collect();
        let hashes = self.hash.of_rows(&texts, rows);
        let mut columns: Vec<ArrayRef> = texts
            .into_iter()
            .map(|texts| Arc::new(texts) as ArrayRef)
            .collect();
        let rescued = columns.pop();
        columns.extend([
            ingested_at,
            run_id,
            source_file,
            file_id,
            Arc::new(row_numbers),
            ingest_seq,
        ]);
        columns.extend(rescued);
        columns.extend([dt, Arc::new(Int64Array::from(hashes)), load_seq]);
        let batch =
            RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(io::Error::other)?;
        self.writer.write(&batch).map_err(io_error)?;
        if self.writer.in_progress_size() > ROW_GROUP_BYTES {
            self.writer.flush().map_err(io_error)?;
        }
        self.written += rows as u64;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

/// Reads a bronze file's footer; nothing where the file is of another format.
pub(super) fn describe(path: &Path) -> io::Result<Option<Footer>> {
    let damaged = |detail: String| io::Error::new(io::ErrorKind::InvalidData, detail);
    let metadata = ParquetMetaDataReader::new()
        .parse_and_finish(&File::open(path)?)
        .map_err(io_error)?;
    let metadata = metadata.file_metadata();
    let value = |key: &str| {
        let pairs = metadata.key_value_metadata()?;
        pairs.iter().find(|pair| pair.key == key)?.value.clone()
    };
    if value(FORMAT_KEY).as_deref() != Some(FORMAT) {
        return Ok(None);
    }
    let [
        source,
        landing_path,
        dt,
        ingest_seq,
        load_seq,
        ingested_at,
        bytes,
    ] = KEYS.map(|key| value(key).ok_or_else(|| damaged(format!("its footer has no {key}"))));
    let number = |text: io::Result<String>| {
        let text = text?;
        text.parse::<i64>()
            .map_err(|error| damaged(error.to_string()))
    };
    Ok(Some(Footer {
        origin: Origin {
            source: source?,
            landing_path: landing_path?,
            dt: dt?
                .parse()
                .map_err(|error: jiff::Error| damaged(error.to_string()))?,
            ingest_seq: number(ingest_seq)?,
            bytes: u64::try_from(number(bytes)?).unwrap_or(0),
        },
        load_seq: number(load_seq)?,
        ingested_at: number(ingested_at)?,
        rows: u64::try_from(metadata.num_rows()).unwrap_or(0),
    }))
}

pub(super) fn days_since_epoch(date: Date) -> i32 {
    (date - Date::constant(1970, 1, 1)).get_days()
}

/// The error of the disk inside an error of the parquet writer, so that a full disk is known as such.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(inner) => match inner.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(inner) => io::Error::other(inner),
        },
        other => io::Error::other(other),
    }
}
