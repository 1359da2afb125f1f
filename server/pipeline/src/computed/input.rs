//! What a computation reads, column by column.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Date32Type, Int64Type};
use jiff::civil::Date;
use jiff::{Span, civil};

use crate::PipelineError;

/// Rows of a query in order; a column of another type than asked for is cast.
pub(super) struct Input {
    rows: Option<RecordBatch>,
}

impl Input {
    pub fn of(batches: &[RecordBatch]) -> Result<Self, PipelineError> {
        let rows = match batches.first() {
            Some(first) => Some(concat_batches(&first.schema(), batches)?),
            None => None,
        };
        Ok(Self { rows })
    }

    pub fn texts(&self, name: &str) -> Result<Vec<Option<String>>, PipelineError> {
        self.cells(name, &DataType::Utf8, |array, at| {
            array.as_string::<i32>().value(at).to_owned()
        })
    }

    pub fn wholes(&self, name: &str) -> Result<Vec<Option<i64>>, PipelineError> {
        self.cells(name, &DataType::Int64, |array, at| {
            array.as_primitive::<Int64Type>().value(at)
        })
    }

    pub fn flags(&self, name: &str) -> Result<Vec<Option<bool>>, PipelineError> {
        self.cells(name, &DataType::Boolean, |array, at| {
            array.as_boolean().value(at)
        })
    }

    pub fn days(&self, name: &str) -> Result<Vec<Option<Date>>, PipelineError> {
        let epoch = civil::date(1970, 1, 1);
        let cells = self.cells(name, &DataType::Date32, |array, at| {
            array.as_primitive::<Date32Type>().value(at)
        })?;
        let day = |number: i32| epoch.checked_add(Span::new().days(number)).ok();
        Ok(cells.into_iter().map(|cell| cell.and_then(day)).collect())
    }

    fn cells<T>(
        &self,
        name: &str,
        kind: &DataType,
        value: impl Fn(&ArrayRef, usize) -> T,
    ) -> Result<Vec<Option<T>>, PipelineError> {
        let Some(rows) = &self.rows else {
            return Ok(Vec::new());
        };
        let Some(column) = rows.column_by_name(name) else {
            return Err(PipelineError::Engine {
                message: "the engine's answer could not be read".into(),
                detail: format!("it has no column {name}"),
            });
        };
        let column = cast(column, kind)?;
        Ok((0..column.len())
            .map(|at| column.is_valid(at).then(|| value(&column, at)))
            .collect())
    }
}
