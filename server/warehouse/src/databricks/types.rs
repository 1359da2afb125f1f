//! A result's columns as the warehouse tells them, as Arrow types; the same ones that DuckDB's rows have.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::wire::Column;

/// The schema of a result, whichever way its rows come.
pub(super) fn schema(columns: &[Column]) -> SchemaRef {
    let fields: Vec<Field> = columns
        .iter()
        .map(|column| Field::new(&column.name, arrow_type(column), true))
        .collect();
    Arc::new(Schema::new(fields))
}

/// Types are an open set: what is not known is text.
fn arrow_type(column: &Column) -> DataType {
    let name = if column.type_name.is_empty() {
        column.type_text.split('(').next().unwrap_or_default()
    } else {
        &column.type_name
    };
    match name.to_ascii_uppercase().as_str() {
        "BOOLEAN" => DataType::Boolean,
        "BYTE" | "TINYINT" => DataType::Int8,
        "SHORT" | "SMALLINT" => DataType::Int16,
        "INT" | "INTEGER" => DataType::Int32,
        "LONG" | "BIGINT" => DataType::Int64,
        "FLOAT" | "REAL" => DataType::Float32,
        "DOUBLE" => DataType::Float64,
        "DECIMAL" => {
            let (precision, scale) = precision_and_scale(column);
            DataType::Decimal128(precision, scale)
        }
        "DATE" => DataType::Date32,
        "TIMESTAMP" | "TIMESTAMP_NTZ" | "TIMESTAMP_LTZ" => {
            DataType::Timestamp(TimeUnit::Microsecond, None)
        }
        "BINARY" => DataType::Binary,
        "NULL" | "VOID" => DataType::Null,
        _ => DataType::Utf8,
    }
}

fn precision_and_scale(column: &Column) -> (u8, i8) {
    let in_text = || {
        let (_, rest) = column.type_text.split_once('(')?;
        let (precision, scale) = rest.trim_end_matches(')').split_once(',')?;
        Some((precision.trim().parse().ok()?, scale.trim().parse().ok()?))
    };
    match (column.type_precision, column.type_scale) {
        (Some(precision), scale) if (1..=38).contains(&precision) => {
            (precision, scale.unwrap_or(0))
        }
        // What SQL means by DECIMAL alone.
        _ => in_text()
            .filter(|(precision, _)| (1..=38).contains(precision))
            .unwrap_or((10, 0)),
    }
}
