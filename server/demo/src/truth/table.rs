//! A Parquet file of the truth, and its columns.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::DemoError;
use crate::calendar::Calendar;

const ROW_GROUP: usize = 131_072;

/// A Parquet file in the making; its columns are those of the first rows.
pub struct Table {
    path: PathBuf,
    writer: Option<ArrowWriter<File>>,
}

impl Table {
    pub fn new(folder: &Path, name: &str) -> Self {
        Self {
            path: folder.join(format!("{name}.parquet")),
            writer: None,
        }
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> DemoError {
        DemoError::Write {
            path: self.path.clone(),
            source: std::io::Error::other(error.to_string()),
        }
    }

    pub fn append(&mut self, columns: Vec<(&str, ArrayRef)>) -> Result<(), DemoError> {
        let batch = RecordBatch::try_from_iter_with_nullable(
            columns.into_iter().map(|(name, array)| (name, array, true)),
        )
        .map_err(|e| self.failed(&e))?;
        if self.writer.is_none() {
            let file = File::create(&self.path).map_err(|e| self.failed(&e))?;
            let properties = WriterProperties::builder()
                .set_compression(Compression::SNAPPY)
                // A row group is held in memory until it is whole.
                .set_max_row_group_row_count(Some(ROW_GROUP))
                .build();
            let writer = ArrowWriter::try_new(file, batch.schema(), Some(properties))
                .map_err(|e| self.failed(&e))?;
            self.writer = Some(writer);
        }
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        let written = writer.write(&batch);
        written.map_err(|e| self.failed(&e))
    }

    pub fn close(&mut self) -> Result<(), DemoError> {
        match self.writer.take() {
            Some(writer) => match writer.close() {
                Ok(_) => Ok(()),
                Err(error) => Err(self.failed(&error)),
            },
            None => Ok(()),
        }
    }
}

pub fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

pub fn text<T: AsRef<str>>(values: impl Iterator<Item = Option<T>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

pub fn whole(values: impl Iterator<Item = Option<u64>>) -> ArrayRef {
    Arc::new(
        values
            .map(|value| value.map(|v| i64::try_from(v).unwrap_or(i64::MAX)))
            .collect::<Int64Array>(),
    )
}

pub fn real(values: impl Iterator<Item = f64>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<Float64Array>())
}

pub fn yes_no(values: impl Iterator<Item = bool>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<BooleanArray>())
}

/// Cents as a decimal with two places.
pub fn money(values: impl Iterator<Item = Option<i128>>) -> ArrayRef {
    let array = values.collect::<Decimal128Array>();
    match array.clone().with_precision_and_scale(18, 2) {
        Ok(array) => Arc::new(array),
        Err(_) => Arc::new(array),
    }
}

pub fn moments(values: impl Iterator<Item = u32>, calendar: &Calendar) -> ArrayRef {
    let origin = calendar.origin();
    Arc::new(
        values
            .map(|at| Some((origin + i64::from(at)) * 1_000_000))
            .collect::<TimestampMicrosecondArray>(),
    )
}

/// Ten-thousandths as a decimal with four places.
pub fn money4(values: impl Iterator<Item = i64>) -> ArrayRef {
    let array = values
        .map(|v| Some(i128::from(v)))
        .collect::<Decimal128Array>();
    match array.clone().with_precision_and_scale(18, 4) {
        Ok(array) => Arc::new(array),
        Err(_) => Arc::new(array),
    }
}

/// Seconds of the Unix epoch.
pub fn epoch_moments(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(
        values
            .map(|at| Some(at * 1_000_000))
            .collect::<TimestampMicrosecondArray>(),
    )
}
