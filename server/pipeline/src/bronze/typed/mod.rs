//! Parquet: typed columns, each value as its exact text.

mod enforced;
mod text;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::datatypes::Field;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::ParquetMetaData;

use self::enforced::Judged;
use self::text::as_text;
use super::content::{Content, unreadable};
use super::format::Kind;
use super::reading::{Reading, rescued_name};
use super::take_in::{changed, disk};
use super::{Fault, SourceSpec};
use crate::PipelineError;

const BATCH_ROWS: u64 = 8 << 10;
/// As much of a file as is decoded at once, unless a row is longer.
const BATCH_BYTES: u64 = 16 << 20;

/// Reads all rows; returns the file's SHA-256 in hex. Its content is first copied, decompressed, to a nameless file beside
/// bronze's: Parquet is read from its end, and a landing file may change or be far away.
pub(super) fn read(
    mut content: Content<'_>,
    expected_id: &str,
    reading: &mut Reading<'_>,
) -> Result<String, Fault> {
    let file = copy(&mut content, reading)?;
    let file_id = content.file_id();
    if file_id != expected_id {
        return Err(changed());
    }
    // A damaged page may make the decoder panic; it is one file's fault and stops nothing else.
    catch_unwind(AssertUnwindSafe(|| rows(file, reading))).unwrap_or_else(|_| {
        Err(Fault::SetAside(
            "its pages are damaged; deliver it again".to_owned(),
        ))
    })?;
    Ok(file_id)
}

fn copy(content: &mut Content<'_>, reading: &Reading<'_>) -> Result<File, Fault> {
    let full = |error| Fault::Fatal(disk(reading.folder, error));
    let mut file = tempfile::tempfile_in(reading.folder).map_err(full)?;
    let mut buffer = vec![0; 256 << 10];
    let mut first = true;
    loop {
        let read = match content.read(&mut buffer) {
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unreadable(&error)),
        };
        if first {
            if read == 0 {
                return Err(Fault::SetAside(
                    "the file is empty (0 bytes); deliver it again, or remove it".to_owned(),
                ));
            }
            if let Some(reason) = Kind::Parquet.mismatch(&buffer[..read]) {
                return Err(Fault::SetAside(reason));
            }
            first = false;
        }
        if read == 0 {
            break;
        }
        file.write_all(&buffer[..read]).map_err(full)?;
    }
    file.seek(SeekFrom::Start(0)).map_err(full)?;
    Ok(file)
}

fn rows(file: File, reading: &mut Reading<'_>) -> Result<(), Fault> {
    let aside = |why: String| Fault::SetAside(format!("{why}; deliver it again"));
    // Types are those of the file's own schema, not of the program that wrote it.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let opened =
        ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(|error| {
            aside(format!(
                "its footer is missing or damaged, so that it was not delivered whole ({error})"
            ))
        })?;
    let schema = opened.schema().clone();
    let rows = batch_rows(opened.metadata());
    let columns = Columns::new(schema.fields().iter().map(AsRef::as_ref), reading)?;
    let batches = opened
        .with_batch_size(rows)
        .build()
        .map_err(|error| aside(format!("it cannot be read ({error})")))?;
    for batch in batches {
        let batch = batch.map_err(|error| aside(format!("its pages are damaged ({error})")))?;
        let texts: Vec<Texts> = batch
            .columns()
            .iter()
            .map(Texts::of)
            .collect::<Result<_, _>>()
            .map_err(|error| aside(format!("it cannot be read ({error})")))?;
        for row in 0..batch.num_rows() {
            if let Some(column) = texts.iter().position(|texts| texts.broken(row)) {
                let name = schema.field(column).name();
                let reason = format!("the column `{name}` is not UTF-8");
                reading.malformed(b"", &reason)?;
                continue;
            }
            let fields = columns
                .positions
                .iter()
                .map(|column| column.map_or("", |column| texts[column].get(row)));
            let extra = columns
                .extra
                .iter()
                .map(|(name, column)| (name.as_str(), texts[*column].get(row)));
            reading.row(fields, extra)?;
        }
    }
    Ok(())
}

/// As many rows at a time as are sure to fit into memory, by the longest rows on average of any row group.
fn batch_rows(metadata: &ParquetMetaData) -> usize {
    let longest = metadata
        .row_groups()
        .iter()
        .map(|group| {
            let bytes = u64::try_from(group.total_byte_size()).unwrap_or(0);
            bytes / u64::try_from(group.num_rows()).unwrap_or(0).max(1)
        })
        .max();
    let rows = (BATCH_BYTES / longest.unwrap_or(0).max(1)).clamp(1, BATCH_ROWS);
    usize::try_from(rows).unwrap_or(1)
}

/// Where the columns of a source stand in a file.
struct Columns {
    positions: Vec<Option<usize>>,
    /// In the order of their names.
    extra: Vec<(String, usize)>,
}

impl Columns {
    fn new<'f>(
        fields: impl Iterator<Item = &'f Field>,
        reading: &mut Reading<'_>,
    ) -> Result<Self, Fault> {
        let fields: Vec<&Field> = fields.collect();
        let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
        if let Some((_, twice)) = names
            .iter()
            .enumerate()
            .find(|(position, name)| names[..*position].contains(name))
        {
            return Err(Fault::SetAside(format!(
                "it has the column `{twice}` twice; rename one and deliver it again"
            )));
        }
        reading.check_columns(&names, "its columns are", "")?;
        check_types(&fields, reading.source, reading)?;
        let columns = &reading.source.columns;
        let mut extra: Vec<(String, usize)> = names
            .iter()
            .enumerate()
            .filter(|(_, name)| !columns.iter().any(|column| column.name == **name))
            .map(|(position, name)| (rescued_name(name, position), position))
            .collect();
        extra.sort();
        Ok(Self {
            positions: columns
                .iter()
                .map(|column| names.iter().position(|name| *name == column.name))
                .collect(),
            extra,
        })
    }
}

fn check_types(
    fields: &[&Field],
    source: &SourceSpec,
    reading: &mut Reading<'_>,
) -> Result<(), Fault> {
    for column in &source.columns {
        let field = fields.iter().find(|field| *field.name() == column.name);
        let (Some(field), Some(declared)) = (field, &column.data_type) else {
            continue;
        };
        let found = enforced::name(field.data_type());
        match enforced::judge(declared, field.data_type()) {
            Judged::Same => {}
            Judged::Castable => reading.type_changed(
                &column.name,
                format!("the file has it as {found}; {declared} is declared, and silver casts it to that"),
            ),
            Judged::Refused => {
                return Err(Fault::Fatal(PipelineError::Landing(format!(
                    "{}: an enforced type changed: the column `{}` is {found} in this file, and {declared} is declared, which that \
                     cannot hold exactly; nothing was published: deliver the file with the declared type (or as text), or move it \
                     out of landing, then run again",
                    reading.file.landing_path, column.name
                ))));
            }
        }
    }
    Ok(())
}

/// A column of a batch as text.
struct Texts {
    values: StringArray,
    /// Which values were there but are no text.
    not_text: Vec<usize>,
}

impl Texts {
    fn of(array: &ArrayRef) -> Result<Self, arrow::error::ArrowError> {
        let (values, not_text) = as_text(array)?;
        Ok(Self { values, not_text })
    }

    fn broken(&self, row: usize) -> bool {
        !self.not_text.is_empty() && self.not_text.binary_search(&row).is_ok()
    }

    fn get(&self, row: usize) -> &str {
        if self.values.is_null(row) {
            ""
        } else {
            self.values.value(row)
        }
    }
}
