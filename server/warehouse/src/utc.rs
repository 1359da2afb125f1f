//! Instants are UTC on their way through the seam, and timestamps carry no zone. Databricks marks its timestamps as
//! UTC instants, DuckDB's have no mark; what comes out is the same.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, make_array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use marts::Failure;

/// The schema with the zone taken off its timestamps.
///
/// # Errors
/// A timestamp in any zone but UTC: the session is set up wrongly, and reading it as UTC would shift every figure.
pub fn schema(schema: &SchemaRef) -> Result<SchemaRef, Failure> {
    if schema
        .fields()
        .iter()
        .all(|f| !matches!(f.data_type(), DataType::Timestamp(_, Some(_))))
    {
        return Ok(Arc::clone(schema));
    }
    let fields: Result<Vec<Field>, Failure> = schema
        .fields()
        .iter()
        .map(|field| match field.data_type() {
            DataType::Timestamp(unit, Some(zone)) if is_utc(zone) => {
                Ok(field.as_ref().clone().with_data_type(DataType::Timestamp(*unit, None)))
            }
            DataType::Timestamp(_, Some(zone)) => Err(Failure::internal(
                "The engine's session is not in UTC, so its times cannot be trusted. Set its time zone to UTC.",
            )
            .with_detail(format!("column {} is in {zone}", field.name()))),
            _ => Ok(field.as_ref().clone()),
        })
        .collect();
    Ok(Arc::new(Schema::new(fields?)))
}

/// A batch under a schema made by [`schema`].
///
/// # Errors
/// A batch that does not fit it.
pub fn batch(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, Failure> {
    let columns: Result<Vec<ArrayRef>, _> = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(array, field)| {
            if array.data_type() == field.data_type()
                || !matches!(array.data_type(), DataType::Timestamp(..))
            {
                return Ok(Arc::clone(array));
            }
            array
                .to_data()
                .into_builder()
                .data_type(field.data_type().clone())
                .build()
                .map(make_array)
        })
        .collect();
    columns
        .and_then(|columns| RecordBatch::try_new(Arc::clone(schema), columns))
        .map_err(|e| {
            Failure::internal("The engine's rows do not fit their own description.").with_detail(e)
        })
}

fn is_utc(zone: &str) -> bool {
    matches!(zone, "UTC" | "Etc/UTC" | "Z" | "+00:00")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use arrow::array::{AsArray, TimestampMicrosecondArray};
    use arrow::datatypes::TimestampMicrosecondType;

    fn instants(zone: &str) -> RecordBatch {
        let array =
            TimestampMicrosecondArray::from(vec![Some(1_000_000), None]).with_timezone(zone);
        RecordBatch::try_from_iter([("at", Arc::new(array) as ArrayRef)]).unwrap()
    }

    #[test]
    fn utc_instants_lose_their_mark_and_keep_their_value() {
        for zone in ["UTC", "Etc/UTC"] {
            let given = instants(zone);
            let plain = schema(&given.schema()).unwrap();
            let read = batch(&given, &plain).unwrap();
            assert_eq!(
                read.schema().field(0).data_type(),
                &DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, None)
            );
            assert_eq!(
                read.column(0)
                    .as_primitive::<TimestampMicrosecondType>()
                    .value(0),
                1_000_000
            );
            assert!(read.column(0).is_null(1));
        }
    }

    #[test]
    fn another_zone_is_an_error() {
        assert!(
            schema(&instants("America/New_York").schema())
                .unwrap_err()
                .message
                .contains("UTC")
        );
    }
}
