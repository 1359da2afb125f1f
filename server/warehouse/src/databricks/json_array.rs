//! Rows as text (`JSON_ARRAY`), for warehouses that give no Arrow; the same Arrow types come out.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, NullArray, PrimitiveArray,
    RecordBatch, RecordBatchOptions, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{
    DataType, Field, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, SchemaRef,
};
use base64::Engine as _;
use jiff::civil::{Date, DateTime, date};
use jiff::{Timestamp, tz::TimeZone};
use marts::Failure;

/// The rows under a schema of [`super::types::schema`].
///
/// # Errors
/// A row with another number of cells, a cell that is no value of its column's type.
pub(super) fn batch(
    schema: &SchemaRef,
    rows: &[Vec<Option<String>>],
) -> Result<RecordBatch, Failure> {
    let width = schema.fields().len();
    if rows.iter().any(|row| row.len() != width) {
        return Err(unreadable(
            "a row has another number of cells than there are columns",
        ));
    }
    let columns = schema.fields().iter().enumerate().map(|(at, field)| {
        let cells: Vec<Option<&str>> = rows.iter().map(|row| row[at].as_deref()).collect();
        column(field, &cells)
    });
    let columns = columns.collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).map_err(unreadable)
}

fn column(field: &Field, cells: &[Option<&str>]) -> Result<ArrayRef, Failure> {
    /// One cell type, by a function from text.
    macro_rules! parsed {
        ($array:ty, $parse:expr) => {
            each(field, cells, $parse)?.into_iter().collect::<$array>()
        };
    }
    Ok(match field.data_type() {
        DataType::Null => Arc::new(NullArray::new(cells.len())),
        DataType::Boolean => Arc::new(parsed!(BooleanArray, |t| t
            .to_ascii_lowercase()
            .parse()
            .ok())),
        DataType::Int8 => Arc::new(parsed!(PrimitiveArray<Int8Type>, |t| t.parse().ok())),
        DataType::Int16 => Arc::new(parsed!(PrimitiveArray<Int16Type>, |t| t.parse().ok())),
        DataType::Int32 => Arc::new(parsed!(PrimitiveArray<Int32Type>, |t| t.parse().ok())),
        DataType::Int64 => Arc::new(parsed!(PrimitiveArray<Int64Type>, |t| t.parse().ok())),
        DataType::Float32 => Arc::new(parsed!(PrimitiveArray<Float32Type>, |t| t.parse().ok())),
        DataType::Float64 => Arc::new(parsed!(PrimitiveArray<Float64Type>, |t| t.parse().ok())),
        DataType::Decimal128(precision, scale) => {
            let exact = parsed!(Decimal128Array, |t| decimal(t, *scale));
            Arc::new(
                exact
                    .with_precision_and_scale(*precision, *scale)
                    .map_err(unreadable)?,
            )
        }
        DataType::Date32 => Arc::new(parsed!(Date32Array, days)),
        DataType::Timestamp(..) => Arc::new(parsed!(TimestampMicrosecondArray, microseconds)),
        DataType::Binary => {
            let base64 = base64::engine::general_purpose::STANDARD;
            let bytes = each(field, cells, |t| base64.decode(t).ok())?;
            let bytes: Vec<Option<&[u8]>> = bytes.iter().map(Option::as_deref).collect();
            Arc::new(BinaryArray::from(bytes))
        }
        _ => Arc::new(StringArray::from(cells.to_vec())),
    })
}

fn each<T>(
    field: &Field,
    cells: &[Option<&str>],
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Vec<Option<T>>, Failure> {
    let one = |cell: &Option<&str>| match cell {
        None => Ok(None),
        Some(text) => parse(text).map(Some).ok_or_else(|| {
            unreadable(format!(
                "column {} has a cell that is no {}",
                field.name(),
                field.data_type()
            ))
        }),
    };
    cells.iter().map(one).collect()
}

/// `-12.50`, `1E+3`, `0E-18` as whole steps of 10^-scale; nothing is rounded.
fn decimal(text: &str, scale: i8) -> Option<i128> {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let joined: i128 = match format!("{whole}{fraction}").as_str() {
        "" | "-" | "+" => return None,
        joined => joined.parse().ok()?,
    };
    if joined == 0 {
        return Some(0);
    }
    let decimals = i32::try_from(fraction.len()).ok()?;
    let shift = i32::from(scale)
        .checked_add(exponent)?
        .checked_sub(decimals)?;
    let power = 10_i128.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 {
        joined.checked_mul(power)
    } else {
        (joined % power == 0).then_some(joined / power)
    }
}

fn days(text: &str) -> Option<i32> {
    let day: Date = text.parse().ok()?;
    Some((day - date(1970, 1, 1)).get_days())
}

/// With an offset an instant; without one a clock that is read as UTC.
fn microseconds(text: &str) -> Option<i64> {
    let instant = text.parse::<Timestamp>().ok().or_else(|| {
        let clock: DateTime = text.parse().ok()?;
        Some(clock.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })?;
    Some(instant.as_microsecond())
}

fn unreadable(detail: impl std::fmt::Display) -> Failure {
    Failure::internal("The warehouse's rows do not fit their own description.").with_detail(detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly_or_not_at_all() {
        for (text, scale, exact) in [
            ("12.50", 2, Some(1250)),
            ("-0.01", 2, Some(-1)),
            ("7", 2, Some(700)),
            ("1E+3", 2, Some(100_000)),
            ("0E-18", 2, Some(0)),
            ("1.230", 2, Some(123)),
            ("1.234", 2, None),
            ("", 2, None),
            ("x", 0, None),
            (
                "99999999999999999999999999999999999999",
                0,
                Some(99_999_999_999_999_999_999_999_999_999_999_999_999),
            ),
            ("1E40", 0, None),
        ] {
            assert_eq!(decimal(text, scale), exact, "{text}");
        }
    }

    #[test]
    fn moments_have_an_offset_or_are_utc() {
        let at = Some(1_767_323_045_123_000);
        for text in [
            "2026-01-02T03:04:05.123Z",
            "2026-01-02T03:04:05.123+00:00",
            "2026-01-02T03:04:05.123",
            "2026-01-02 03:04:05.123",
            "2026-01-02T05:04:05.123+02:00",
        ] {
            assert_eq!(microseconds(text), at, "{text}");
        }
        assert_eq!(microseconds("yesterday"), None);
        assert_eq!(days("1969-12-31"), Some(-1));
    }
}
