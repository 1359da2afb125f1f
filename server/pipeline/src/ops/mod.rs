//! Records of runs, beside the releases: a failed run has no release, and is remembered all the same.

pub(crate) mod history;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use jiff::Timestamp;
use jiff::civil::Date;
use parquet::arrow::ArrowWriter;

use crate::PipelineError;

/// One column of a record.
pub(crate) enum Cells {
    Text(Vec<Option<String>>),
    Int(Vec<Option<i64>>),
    At(Vec<Option<Timestamp>>),
    On(Vec<Option<Date>>),
    /// In cents.
    Amount(Vec<Option<i128>>),
    /// A ratio or a median, never money.
    Float(Vec<Option<f64>>),
}

impl Cells {
    pub fn text<T: Into<String>>(values: impl IntoIterator<Item = T>) -> Self {
        Self::Text(values.into_iter().map(|value| Some(value.into())).collect())
    }

    pub fn int(values: impl IntoIterator<Item = u64>) -> Self {
        Self::Int(
            values
                .into_iter()
                .map(|value| i64::try_from(value).ok())
                .collect(),
        )
    }

    fn array(self) -> Result<ArrayRef, PipelineError> {
        Ok(match self {
            Self::Text(values) => Arc::new(StringArray::from(values)),
            Self::Int(values) => Arc::new(Int64Array::from(values)),
            Self::At(values) => Arc::new(TimestampMicrosecondArray::from_iter(
                values
                    .into_iter()
                    .map(|at| at.map(Timestamp::as_microsecond)),
            )),
            Self::On(values) => Arc::new(Date32Array::from_iter(
                values.into_iter().map(|on| on.map(days_since_epoch)),
            )),
            Self::Amount(values) => {
                Arc::new(Decimal128Array::from(values).with_precision_and_scale(38, 2)?)
            }
            Self::Float(values) => Arc::new(Float64Array::from(values)),
        })
    }
}

fn days_since_epoch(on: Date) -> i32 {
    on.since(Date::constant(1970, 1, 1))
        .map_or(0, |span| span.get_days())
}

/// A record as one batch; all columns have as many cells.
pub(crate) fn record(columns: Vec<(&str, Cells)>) -> Result<RecordBatch, PipelineError> {
    let columns: Vec<(&str, ArrayRef, bool)> = columns
        .into_iter()
        .map(|(name, cells)| Ok((name, cells.array()?, true)))
        .collect::<Result<_, PipelineError>>()?;
    Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
}

/// Writes `ops/<table>/<run_id>.parquet`, aside and renamed into place; nothing where there are no rows.
pub(crate) fn write(
    data: &Path,
    table: &str,
    run_id: &str,
    batches: &[RecordBatch],
) -> Result<(), PipelineError> {
    let Some(first) = batches.iter().find(|batch| batch.num_rows() > 0) else {
        return Ok(());
    };
    let folder = data.join("ops").join(table);
    let path = folder.join(format!("{run_id}.parquet"));
    let aside = folder.join(format!(".{run_id}.tmp"));
    let written = fs::create_dir_all(&folder).and_then(|()| {
        let mut writer = ArrowWriter::try_new(File::create(&aside)?, first.schema(), None)
            .map_err(io::Error::other)?;
        for batch in batches {
            writer.write(batch).map_err(io::Error::other)?;
        }
        writer.into_inner().map_err(io::Error::other)?.sync_all()?;
        fs::rename(&aside, &path)?;
        File::open(&folder)?.sync_all()
    });
    written.map_err(|source| {
        // What cannot be removed now is removed by the next run.
        let _ = fs::remove_file(&aside);
        PipelineError::Io { path, source }
    })
}

/// Half-written records of killed runs.
pub(crate) fn leftovers(data: &Path) -> Vec<PathBuf> {
    let folders = fs::read_dir(data.join("ops"))
        .into_iter()
        .flatten()
        .flatten();
    folders
        .flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten())
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "tmp"))
        .collect()
}
