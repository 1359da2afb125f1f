//! Rows of a query as JSON objects, for messages and records; no money passes through here on its way to a page.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use serde_json::{Map, Value};

/// One JSON object per row, in the order of the columns; all values as text, or null.
pub(crate) fn rows(batches: &[RecordBatch]) -> Result<Vec<Map<String, Value>>, ArrowError> {
    let options = FormatOptions::default();
    let mut rows = Vec::new();
    for batch in batches {
        let schema = batch.schema();
        let columns = batch
            .columns()
            .iter()
            .map(|column| Ok((ArrayFormatter::try_new(column, &options)?, column)))
            .collect::<Result<Vec<_>, ArrowError>>()?;
        for row in 0..batch.num_rows() {
            let cell = |at: usize| match &columns[at] {
                (_, column) if column.is_null(row) => Value::Null,
                (formatter, _) => Value::String(formatter.value(row).to_string()),
            };
            rows.push(
                schema
                    .fields()
                    .iter()
                    .enumerate()
                    .map(|(at, field)| (field.name().clone(), cell(at)))
                    .collect(),
            );
        }
    }
    Ok(rows)
}

/// The one cell of a query that answers with one row and one column; `None` for no row or NULL.
pub(crate) fn single(batches: &[RecordBatch]) -> Result<Option<String>, ArrowError> {
    let first = rows(batches)?.into_iter().next();
    Ok(first
        .and_then(|row| row.into_values().next())
        .and_then(|value| value.as_str().map(str::to_owned)))
}
