//! Arrow streams under the schema that the manifest tells, whatever the warehouse wrote into them.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::buffer::Buffer;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::SchemaRef;
use arrow_ipc::reader::StreamDecoder;
use marts::Failure;

use crate::utc;

/// The batches of one Arrow stream. Blocks for as long as the decoding takes.
///
/// # Errors
/// A stream that is cut off or no stream, columns that do not fit the schema, times in another zone than UTC.
pub(super) fn arrow(
    bytes: impl Into<Buffer>,
    schema: &SchemaRef,
) -> Result<Vec<RecordBatch>, Failure> {
    let mut bytes: Buffer = bytes.into();
    let mut decoder = StreamDecoder::new();
    let mut batches = Vec::new();
    while let Some(batch) = decoder.decode(&mut bytes).map_err(damaged)? {
        batches.push(under(schema, &batch)?);
        if bytes.is_empty() {
            break;
        }
    }
    decoder.finish().map_err(damaged)?;
    Ok(batches)
}

fn under(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch, Failure> {
    if batch.num_columns() != schema.fields().len() {
        return Err(unfit(format!(
            "{} columns where the manifest has {}",
            batch.num_columns(),
            schema.fields().len()
        )));
    }
    let batch = &utc::batch(batch, &utc::schema(&batch.schema())?)?;
    // A number that does not fit is an error, not a gap.
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(array, field)| -> Result<ArrayRef, Failure> {
            if array.data_type() == field.data_type() {
                return Ok(Arc::clone(array));
            }
            cast_with_options(array, field.data_type(), &options)
                .map_err(|e| unfit(format!("column {}: {e}", field.name())))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let rows = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &rows).map_err(unfit)
}

fn damaged(error: impl std::fmt::Display) -> Failure {
    Failure::unavailable(
        "Rows from the warehouse arrived damaged, also when they were asked for again. Try again.",
    )
    .with_detail(error)
}

fn unfit(detail: impl std::fmt::Display) -> Failure {
    Failure::internal("The warehouse's rows do not fit their own description.").with_detail(detail)
}
