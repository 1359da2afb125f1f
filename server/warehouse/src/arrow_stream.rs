//! A frame as an Arrow IPC stream, for programs that read columns.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    RecordBatchOptions, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Field, Schema};
use jiff::civil::date;
use marts::{Column, Failure, Frame, Unit, Value};
use rust_decimal::Decimal;

/// Digits of Arrow's DECIMAL(38).
const PRECISION: u8 = 38;
/// Cents, where no value has more decimals.
const CENTS: u32 = 2;

/// The columns at these positions of the frame, in one batch, with its schema. Exact numbers are `Int64` or
/// `Decimal128`, moments are without zone as clocks in the reporting zone showed them; each field carries its label, unit
/// and role as metadata.
///
/// # Errors
/// A column whose cells are not of one kind, an amount with more than 38 digits.
pub fn write(frame: &Frame, columns: &[usize]) -> Result<Vec<u8>, Failure> {
    let mut fields = Vec::new();
    let mut arrays = Vec::new();
    for (at, column) in columns
        .iter()
        .filter_map(|&at| Some((at, frame.columns.get(at)?)))
    {
        let cells: Vec<&Value> = frame
            .rows
            .iter()
            .map(|row| row.get(at).unwrap_or(&Value::Null))
            .collect();
        let array = array(column, &cells)?;
        let metadata = [
            ("label".to_owned(), column.label.clone()),
            ("unit".to_owned(), word(&column.unit)),
            ("role".to_owned(), word(&column.role)),
        ];
        let field = Field::new(&column.name, array.data_type().clone(), true);
        fields.push(field.with_metadata(metadata.into()));
        arrays.push(array);
    }
    let failed = |e: arrow::error::ArrowError| {
        Failure::internal("The answer could not be written as an Arrow stream.").with_detail(e)
    };
    let schema = Arc::new(Schema::new(fields));
    let rows = RecordBatchOptions::new().with_row_count(Some(frame.rows.len()));
    let batch =
        RecordBatch::try_new_with_options(Arc::clone(&schema), arrays, &rows).map_err(failed)?;
    let mut writer =
        arrow_ipc::writer::StreamWriter::try_new(Vec::new(), &schema).map_err(failed)?;
    writer.write(&batch).map_err(failed)?;
    writer.into_inner().map_err(failed)
}

/// `usd`, as in JSON.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn array(column: &Column, cells: &[&Value]) -> Result<ArrayRef, Failure> {
    let mixed = |value: &Value| {
        Failure::internal(format!(
            "The column {} could not be written as an Arrow stream.",
            column.name
        ))
        .with_detail(format!(
            "{value:?} is of another kind than the cells before it"
        ))
    };
    /// One cell type, or nothing.
    macro_rules! of {
        ($array:ty, $pattern:pat => $value:expr) => {{
            let cells = cells.iter().map(|cell| match cell {
                Value::Null => Ok(None),
                $pattern => Ok(Some($value)),
                other => Err(mixed(other)),
            });
            Arc::new(cells.collect::<Result<$array, Failure>>()?) as ArrayRef
        }};
    }
    let known = cells.iter().find(|cell| !matches!(cell, Value::Null));
    Ok(match (known, column.unit) {
        (Some(Value::Bool(_)), _) => of!(BooleanArray, Value::Bool(is) => *is),
        (Some(Value::Float(_)), _) => of!(Float64Array, Value::Float(float) => *float),
        (Some(Value::Date(_)), _) => of!(Date32Array, Value::Date(day) => {
            (*day - date(1970, 1, 1)).get_days()
        }),
        (Some(Value::DateTime(_)), _) => {
            of!(TimestampMicrosecondArray, Value::DateTime(moment) => {
                moment.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |at| at.timestamp().as_microsecond())
            })
        }
        (Some(Value::Text(_)), _) | (None, Unit::None) => {
            of!(StringArray, Value::Text(text) => text.as_str())
        }
        (Some(Value::Int(_)) | None, Unit::Count | Unit::Bytes)
            if !cells.iter().any(|cell| matches!(cell, Value::Decimal(_))) =>
        {
            of!(Int64Array, Value::Int(whole) => *whole)
        }
        (Some(Value::Int(_)), Unit::None) => of!(Int64Array, Value::Int(whole) => *whole),
        _ => Arc::new(decimals(column, cells)?),
    })
}

/// Of one scale: that of the cell with the most decimals.
fn decimals(column: &Column, cells: &[&Value]) -> Result<Decimal128Array, Failure> {
    let exact: Vec<Option<Decimal>> = cells.iter().map(|cell| cell.decimal()).collect();
    let least = if column.unit == Unit::Usd { CENTS } else { 0 };
    let scale = exact
        .iter()
        .flatten()
        .map(Decimal::scale)
        .fold(least, u32::max);
    let too_long = || {
        Failure::internal(format!(
            "The column {} has an amount too long for an Arrow stream. Ask for CSV or JSON instead.",
            column.name
        ))
    };
    let digits = exact.into_iter().map(|cell| {
        cell.map(|decimal| {
            10_i128
                .checked_pow(scale - decimal.scale())
                .and_then(|factor| decimal.mantissa().checked_mul(factor))
                .ok_or_else(too_long)
        })
        .transpose()
    });
    let scale = i8::try_from(scale).map_err(|_| too_long())?;
    digits
        .collect::<Result<Decimal128Array, Failure>>()?
        .with_precision_and_scale(PRECISION, scale)
        .map_err(|e| too_long().with_detail(e))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::array::{Array, AsArray};
    use arrow::datatypes::{
        DataType, Date32Type, Decimal128Type, Int64Type, TimeUnit, TimestampMicrosecondType,
    };
    use marts::ColumnRole;

    use super::*;

    fn column(name: &str, unit: Unit) -> Column {
        Column {
            name: name.to_owned(),
            label: format!("The {name}"),
            unit,
            role: ColumnRole::Metric,
        }
    }

    fn read(bytes: &[u8]) -> RecordBatch {
        let mut reader = arrow_ipc::reader::StreamReader::try_new(bytes, None).unwrap();
        reader.next().unwrap().unwrap()
    }

    #[test]
    fn what_was_written_is_read_back_exactly() {
        let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
        let frame = Frame {
            columns: vec![
                column("name", Unit::None),
                column("spend", Unit::Usd),
                column("share", Unit::Ratio),
                column("units", Unit::Count),
                column("on", Unit::None),
                column("at", Unit::None),
                column("hidden", Unit::None),
            ],
            rows: vec![
                vec![
                    Value::Text("日本 🎒".into()),
                    decimal("4596039.58"),
                    decimal("0.3333333333333333333333333333"),
                    Value::Int(7),
                    Value::Date(date(1969, 12, 31)),
                    Value::DateTime(date(2026, 3, 8).at(7, 30, 0, 123_456_000)),
                    Value::Int(1),
                ],
                vec![Value::Null; 7],
                vec![
                    Value::Text(String::new()),
                    decimal("-1"),
                    Value::Int(2),
                    Value::Int(0),
                    Value::Null,
                    Value::Null,
                    Value::Null,
                ],
            ],
            truncated: false,
        };
        let batch = read(&write(&frame, &[0, 1, 2, 3, 4, 5]).unwrap());
        assert_eq!((batch.num_rows(), batch.num_columns()), (3, 6));
        let money = batch.column(1).as_primitive::<Decimal128Type>();
        assert_eq!(money.data_type(), &DataType::Decimal128(38, 2));
        assert_eq!((money.value(0), money.value(2)), (459_603_958, -100));
        let share = batch.column(2).as_primitive::<Decimal128Type>();
        assert_eq!(share.value_as_string(0), "0.3333333333333333333333333333");
        assert_eq!(share.value(2), 2 * 10_i128.pow(28));
        assert_eq!(batch.column(3).as_primitive::<Int64Type>().value(2), 0);
        assert_eq!(batch.column(4).as_primitive::<Date32Type>().value(0), -1);
        let wall_clock = DataType::Timestamp(TimeUnit::Microsecond, None);
        assert_eq!(batch.column(5).data_type(), &wall_clock);
        let at = batch.column(5).as_primitive::<TimestampMicrosecondType>();
        assert_eq!(at.value(0), 1_772_955_000_123_456);
        assert_eq!(batch.column(0).as_string::<i32>().value(0), "日本 🎒");
        assert!(batch.columns().iter().all(|column| column.is_null(1)));
        let schema = batch.schema();
        assert_eq!(schema.field(1).metadata()["unit"], "usd");
        assert_eq!(schema.field(1).metadata()["label"], "The spend");
    }

    #[test]
    fn no_rows_are_a_stream_with_a_schema() {
        let frame = Frame {
            columns: vec![column("spend", Unit::Usd), column("name", Unit::None)],
            ..Frame::default()
        };
        let batch = read(&write(&frame, &[0, 1]).unwrap());
        assert_eq!((batch.num_rows(), batch.num_columns()), (0, 2));
        assert_eq!(
            batch.schema().field(0).data_type(),
            &DataType::Decimal128(38, 2)
        );
    }

    #[test]
    fn cells_of_two_kinds_are_an_error() {
        let frame = Frame {
            columns: vec![column("name", Unit::None)],
            rows: vec![vec![Value::Text("x".into())], vec![Value::Int(1)]],
            truncated: false,
        };
        assert!(write(&frame, &[0]).is_err());
    }
}
