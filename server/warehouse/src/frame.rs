//! Arrow rows as the browser gets them.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, TimeUnit, TimestampMicrosecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, civil::date};
use marts::{Column, Failure, Frame, Unit, Value};
use rust_decimal::Decimal;

/// The rows of a result under the planner's columns, which are found by name.
///
/// Whole numbers become `Int` where they fit, and `Decimal` where the column is money. Timestamps, which are UTC, become
/// what clocks in `zone` showed.
///
/// # Errors
/// A column that the result lacks, a type that has no [`Value`], a number too large to be exact.
pub fn frame(
    columns: Vec<Column>,
    batches: &[RecordBatch],
    truncated: bool,
    zone: &TimeZone,
) -> Result<Frame, Failure> {
    let mut rows: Vec<Vec<Value>> =
        Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
    for batch in batches {
        let first = rows.len();
        rows.extend((0..batch.num_rows()).map(|_| Vec::with_capacity(columns.len())));
        for column in &columns {
            let array = batch.column_by_name(&column.name).ok_or_else(|| {
                unreadable(
                    column,
                    format!(
                        "the result has the columns {:?}",
                        batch
                            .schema()
                            .fields()
                            .iter()
                            .map(|f| f.name())
                            .collect::<Vec<_>>()
                    ),
                )
            })?;
            let read = reader(column, array.as_ref(), zone)?;
            for (row, cells) in rows[first..].iter_mut().enumerate() {
                cells.push(if array.is_null(row) {
                    Value::Null
                } else {
                    read(row)?
                });
            }
        }
    }
    Ok(Frame {
        columns,
        rows,
        truncated,
    })
}

type Reader<'a> = Box<dyn Fn(usize) -> Result<Value, Failure> + 'a>;

/// Reads one cell that is not null.
fn reader<'a>(
    column: &'a Column,
    array: &'a dyn Array,
    zone: &'a TimeZone,
) -> Result<Reader<'a>, Failure> {
    macro_rules! whole {
        ($kind:ty) => {{
            let values = array.as_primitive::<$kind>();
            Box::new(move |row| whole(column, i128::from(values.value(row))))
        }};
    }
    Ok(match array.data_type() {
        DataType::Null => Box::new(|_| Ok(Value::Null)),
        DataType::Boolean => {
            let values = array.as_boolean();
            Box::new(|row| Ok(Value::Bool(values.value(row))))
        }
        DataType::Int8 => whole!(Int8Type),
        DataType::Int16 => whole!(Int16Type),
        DataType::Int32 => whole!(Int32Type),
        DataType::Int64 => whole!(Int64Type),
        DataType::UInt8 => whole!(UInt8Type),
        DataType::UInt16 => whole!(UInt16Type),
        DataType::UInt32 => whole!(UInt32Type),
        DataType::UInt64 => whole!(UInt64Type),
        DataType::Decimal128(_, 0) => {
            let values = array.as_primitive::<Decimal128Type>();
            Box::new(|row| whole(column, values.value(row)))
        }
        DataType::Decimal128(_, scale) => {
            let (values, scale) = (array.as_primitive::<Decimal128Type>(), *scale);
            Box::new(move |row| decimal(column, values.value(row), scale).map(Value::Decimal))
        }
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>();
            Box::new(|row| Ok(Value::Float(f64::from(values.value(row)))))
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>();
            Box::new(|row| Ok(Value::Float(values.value(row))))
        }
        DataType::Utf8 => {
            let values = array.as_string::<i32>();
            Box::new(|row| Ok(Value::Text(values.value(row).to_owned())))
        }
        DataType::LargeUtf8 => {
            let values = array.as_string::<i64>();
            Box::new(|row| Ok(Value::Text(values.value(row).to_owned())))
        }
        DataType::Utf8View => {
            let values = array.as_string_view();
            Box::new(|row| Ok(Value::Text(values.value(row).to_owned())))
        }
        DataType::Date32 => {
            let values = array.as_primitive::<Date32Type>();
            Box::new(|row| {
                let days = i64::from(values.value(row));
                let day = Span::new()
                    .try_days(days)
                    .and_then(|days| date(1970, 1, 1).checked_add(days));
                day.map(Value::Date).map_err(|e| unreadable(column, e))
            })
        }
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            let values = array.as_primitive::<TimestampMicrosecondType>();
            Box::new(|row| {
                Timestamp::from_microsecond(values.value(row))
                    .map(|at| Value::DateTime(zone.to_datetime(at)))
                    .map_err(|e| unreadable(column, e))
            })
        }
        other => {
            return Err(unreadable(
                column,
                format!("{other} has no cell; cast it to STRING, DATE or a number"),
            ));
        }
    })
}

fn whole(column: &Column, value: i128) -> Result<Value, Failure> {
    match i64::try_from(value) {
        Ok(small) if column.unit != Unit::Usd => Ok(Value::Int(small)),
        _ => decimal(column, value, 0).map(Value::Decimal),
    }
}

/// Exact, or an error: an amount is never rounded on its way to a person.
fn decimal(column: &Column, value: i128, scale: i8) -> Result<Decimal, Failure> {
    let (mut value, mut scale) = (value, i32::from(scale));
    // Trailing zeros carry nothing, and without them a wide type often fits.
    while scale > 0 && value % 10 == 0 && (scale > 28 || value.unsigned_abs() >> 96 != 0) {
        value /= 10;
        scale -= 1;
    }
    u32::try_from(scale)
        .ok()
        .and_then(|scale| Decimal::try_from_i128_with_scale(value, scale).ok())
        .ok_or_else(|| {
            unreadable(
                column,
                format!("{value}e-{scale} has more digits than can be kept exactly"),
            )
        })
}

fn unreadable(column: &Column, detail: impl std::fmt::Display) -> Failure {
    Failure::internal(format!(
        "The column {} of the answer could not be read.",
        column.name
    ))
    .with_detail(detail)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use arrow::array::{
        ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, NullArray,
        StringArray, TimestampMicrosecondArray, TimestampSecondArray, UInt64Array,
    };
    use marts::ColumnRole;

    use super::*;

    fn exactly(text: &str) -> Value {
        Value::Decimal(text.parse().unwrap())
    }

    fn column(name: &str, unit: Unit) -> Column {
        Column {
            name: name.into(),
            label: name.into(),
            unit,
            role: ColumnRole::Metric,
        }
    }

    fn cells(unit: Unit, array: impl Array + 'static) -> Result<Vec<Value>, Failure> {
        let batch =
            RecordBatch::try_from_iter_with_nullable([("c", Arc::new(array) as ArrayRef, true)])
                .unwrap();
        Ok(
            frame(vec![column("c", unit)], &[batch], false, &TimeZone::UTC)?
                .rows
                .into_iter()
                .flatten()
                .collect(),
        )
    }

    fn decimals(values: Vec<Option<i128>>, scale: i8) -> Decimal128Array {
        Decimal128Array::from(values)
            .with_precision_and_scale(38, scale)
            .unwrap()
    }

    #[test]
    fn money_is_exact() {
        let cells = cells(
            Unit::Usd,
            decimals(vec![Some(459_603_958), Some(-1), None], 2),
        )
        .unwrap();
        assert_eq!(
            cells,
            [exactly("4596039.58"), exactly("-0.01"), Value::Null]
        );
    }

    #[test]
    fn whole_dollars_are_decimals_and_counts_are_ints() {
        assert_eq!(
            cells(Unit::Usd, Int32Array::from(vec![5])).unwrap(),
            [exactly("5")]
        );
        assert_eq!(
            cells(Unit::Count, decimals(vec![Some(155_848)], 0)).unwrap(),
            [Value::Int(155_848)]
        );
        let large = 1i128 << 70;
        assert_eq!(
            cells(Unit::Count, decimals(vec![Some(large)], 0)).unwrap(),
            [Value::Decimal(large.into())]
        );
        let largest = UInt64Array::from(vec![u64::MAX]);
        assert_eq!(
            cells(Unit::Count, largest).unwrap(),
            [Value::Decimal(u64::MAX.into())]
        );
    }

    #[test]
    fn what_cannot_be_exact_is_an_error() {
        let failure = cells(Unit::Usd, decimals(vec![Some((1i128 << 100) + 1)], 2)).unwrap_err();
        assert!(failure.message.contains("column c"), "{}", failure.message);
        let wide = 15 * 10i128.pow(29);
        assert_eq!(
            cells(Unit::Usd, decimals(vec![Some(wide)], 30)).unwrap(),
            [exactly("1.5")]
        );
    }

    #[test]
    fn other_types_keep_their_values() {
        assert_eq!(
            cells(Unit::None, StringArray::from(vec![Some("a"), None])).unwrap(),
            [Value::Text("a".into()), Value::Null]
        );
        assert_eq!(
            cells(Unit::Ratio, Float64Array::from(vec![0.5])).unwrap(),
            [Value::Float(0.5)]
        );
        assert_eq!(
            cells(Unit::None, BooleanArray::from(vec![true])).unwrap(),
            [Value::Bool(true)]
        );
        assert_eq!(cells(Unit::None, NullArray::new(1)).unwrap(), [Value::Null]);
        assert_eq!(
            cells(Unit::None, Date32Array::from(vec![20_453, -1])).unwrap(),
            [
                Value::Date(date(2025, 12, 31)),
                Value::Date(date(1969, 12, 31))
            ]
        );
    }

    #[test]
    fn a_moment_is_told_by_the_clocks_of_the_zone() {
        let moments = TimestampMicrosecondArray::from(vec![Some(1_000_000), None]);
        let batch =
            RecordBatch::try_from_iter_with_nullable([("c", Arc::new(moments) as ArrayRef, true)])
                .unwrap();
        let east = TimeZone::fixed(jiff::tz::offset(2));
        let read = frame(vec![column("c", Unit::None)], &[batch], false, &east).unwrap();
        let clock = Value::DateTime(date(1970, 1, 1).at(2, 0, 1, 0));
        assert_eq!(read.rows, [vec![clock], vec![Value::Null]]);
    }

    #[test]
    fn a_type_without_a_cell_is_named_with_its_column() {
        let failure = cells(Unit::None, TimestampSecondArray::from(vec![1])).unwrap_err();
        assert!(
            failure.message.contains("column c") && failure.detail.contains("cast"),
            "{failure:?}"
        );
    }

    #[test]
    fn columns_come_in_the_asked_order_and_must_be_there() {
        let one = Arc::new(Int32Array::from(vec![1])) as ArrayRef;
        let two = Arc::new(Int32Array::from(vec![2])) as ArrayRef;
        let batch = RecordBatch::try_from_iter([("one", one), ("two", two)]).unwrap();
        let asked = vec![column("two", Unit::Count), column("one", Unit::Count)];
        let read = frame(asked, &[batch.clone(), batch.clone()], true, &TimeZone::UTC).unwrap();
        assert_eq!(read.rows, vec![vec![Value::Int(2), Value::Int(1)]; 2]);
        assert!(read.truncated);
        assert!(
            frame(
                vec![column("three", Unit::Count)],
                &[batch],
                false,
                &TimeZone::UTC
            )
            .unwrap_err()
            .message
            .contains("three")
        );
    }
}
