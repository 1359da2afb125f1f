//! Arrow values as text: exact, and the same text that a CSV or JSON lines file would have.

use arrow::array::{Array, ArrayRef, AsArray, StringArray, StringBuilder};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::error::ArrowError;
use jiff::Timestamp;

type Result<T> = std::result::Result<T, ArrowError>;

/// The values as text, and the rows (in order) whose bytes are no text.
pub(super) fn as_text(array: &ArrayRef) -> Result<(StringArray, Vec<usize>)> {
    if let DataType::Utf8 = array.data_type() {
        return Ok((array.as_string::<i32>().clone(), Vec::new()));
    }
    let mut texts = StringBuilder::with_capacity(array.len(), array.len() * 16);
    let mut not_text = Vec::new();
    let mut text = String::new();
    for row in 0..array.len() {
        if array.is_null(row) {
            texts.append_null();
            continue;
        }
        text.clear();
        if write(array, row, &mut text)? {
            texts.append_value(&text);
        } else {
            texts.append_null();
            not_text.push(row);
        }
    }
    Ok((texts.finish(), not_text))
}

/// Writes the text of a value that is there; false where its bytes are no text.
fn write(array: &ArrayRef, row: usize, out: &mut String) -> Result<bool> {
    macro_rules! value {
        ($type:ty) => {
            array.as_primitive::<$type>().value(row)
        };
    }
    macro_rules! number {
        ($type:ty) => {
            out.push_str(&value!($type).to_string())
        };
    }
    macro_rules! decimal {
        ($type:ty) => {
            out.push_str(&array.as_primitive::<$type>().value_as_string(row))
        };
    }
    match array.data_type() {
        DataType::Boolean => out.push_str(if array.as_boolean().value(row) {
            "true"
        } else {
            "false"
        }),
        DataType::Int8 => number!(Int8Type),
        DataType::Int16 => number!(Int16Type),
        DataType::Int32 => number!(Int32Type),
        DataType::Int64 => number!(Int64Type),
        DataType::UInt8 => number!(UInt8Type),
        DataType::UInt16 => number!(UInt16Type),
        DataType::UInt32 => number!(UInt32Type),
        DataType::UInt64 => number!(UInt64Type),
        DataType::Float16 => float(out, f64::from(value!(Float16Type)), || {
            f32::from(value!(Float16Type)).to_string()
        }),
        DataType::Float32 => {
            let number = value!(Float32Type);
            float(out, f64::from(number), || {
                plain(&format!("{number:e}"), number.to_string())
            });
        }
        DataType::Float64 => {
            let number = value!(Float64Type);
            float(out, number, || {
                plain(&format!("{number:e}"), number.to_string())
            });
        }
        DataType::Decimal32(..) => decimal!(Decimal32Type),
        DataType::Decimal64(..) => decimal!(Decimal64Type),
        DataType::Decimal128(..) => decimal!(Decimal128Type),
        DataType::Decimal256(..) => decimal!(Decimal256Type),
        DataType::Date32 => date(out, i64::from(value!(Date32Type))),
        DataType::Date64 => date(out, value!(Date64Type).div_euclid(86_400_000)),
        DataType::Timestamp(unit, _) => {
            let (value, nanoseconds) = match unit {
                TimeUnit::Second => (value!(TimestampSecondType), 1_000_000_000),
                TimeUnit::Millisecond => (value!(TimestampMillisecondType), 1_000_000),
                TimeUnit::Microsecond => (value!(TimestampMicrosecondType), 1_000),
                TimeUnit::Nanosecond => (value!(TimestampNanosecondType), 1),
            };
            timestamp(out, value, nanoseconds);
        }
        DataType::Time32(TimeUnit::Second) => {
            time(out, i64::from(value!(Time32SecondType)) * 1_000_000_000);
        }
        DataType::Time32(_) => time(out, i64::from(value!(Time32MillisecondType)) * 1_000_000),
        DataType::Time64(TimeUnit::Microsecond) => {
            time(out, value!(Time64MicrosecondType).saturating_mul(1_000));
        }
        DataType::Time64(_) => time(out, value!(Time64NanosecondType)),
        DataType::Utf8 => out.push_str(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => out.push_str(array.as_string::<i64>().value(row)),
        DataType::Utf8View => out.push_str(array.as_string_view().value(row)),
        DataType::Binary => return Ok(bytes(out, array.as_binary::<i32>().value(row))),
        DataType::LargeBinary => return Ok(bytes(out, array.as_binary::<i64>().value(row))),
        DataType::BinaryView => return Ok(bytes(out, array.as_binary_view().value(row))),
        DataType::FixedSizeBinary(_) => {
            let bytes = array.as_fixed_size_binary().value(row);
            match uuid::Uuid::from_slice(bytes) {
                Ok(uuid) => out.push_str(&uuid.to_string()),
                Err(_) => out.push_str(&hex::encode(bytes)),
            }
        }
        DataType::Struct(fields) => {
            let columns = array.as_struct().columns();
            // A struct cannot tell a field that is null from one that was never there.
            let present = fields
                .iter()
                .zip(columns)
                .filter(|(_, column)| !column.is_null(row));
            return object(
                out,
                present.map(|(field, column)| (field.name().clone(), column, row)),
            );
        }
        DataType::Map(..) => {
            let map = array.as_map();
            let range = map.value_offsets()[row]..map.value_offsets()[row + 1];
            let mut entries = Vec::new();
            for entry in range.filter_map(|entry| usize::try_from(entry).ok()) {
                let mut key = String::new();
                if !write(map.keys(), entry, &mut key)? {
                    return Ok(false);
                }
                entries.push((key, map.values(), entry));
            }
            return object(out, entries.into_iter());
        }
        DataType::List(_) => return list(out, &array.as_list::<i32>().value(row)),
        DataType::LargeList(_) => return list(out, &array.as_list::<i64>().value(row)),
        DataType::FixedSizeList(..) => return list(out, &array.as_fixed_size_list().value(row)),
        other => {
            return Err(ArrowError::NotYetImplemented(format!(
                "values of the type {other} are not read"
            )));
        }
    }
    Ok(true)
}

fn bytes(out: &mut String, bytes: &[u8]) -> bool {
    let text = str::from_utf8(bytes);
    out.push_str(text.unwrap_or_default());
    text.is_ok()
}

fn float(out: &mut String, number: f64, shortest: impl Fn() -> String) {
    if number.is_finite() {
        out.push_str(&shortest());
    } else if number.is_nan() {
        out.push_str("NaN");
    } else {
        out.push_str(if number > 0.0 { "inf" } else { "-inf" });
    }
}

/// The shorter way of writing a number.
fn plain(scientific: &str, plain: String) -> String {
    if scientific.len() + 4 < plain.len() {
        scientific.to_owned()
    } else {
        plain
    }
}

fn date(out: &mut String, days: i64) {
    let seconds = days.saturating_mul(86_400);
    match Timestamp::from_second(seconds).map(|at| at.strftime("%Y-%m-%d").to_string()) {
        Ok(date) => out.push_str(&date),
        // No day of our calendar: silver cannot cast it, and says so.
        Err(_) => out.push_str(&days.to_string()),
    }
}

fn timestamp(out: &mut String, value: i64, nanoseconds: i128) {
    let since = i128::from(value) * nanoseconds;
    let seconds = i64::try_from(since.div_euclid(1_000_000_000));
    match seconds.map(Timestamp::from_second) {
        Ok(Ok(at)) => {
            out.push_str(&at.strftime("%Y-%m-%dT%H:%M:%S").to_string());
            fraction(out, since.rem_euclid(1_000_000_000));
            out.push('Z');
        }
        // No time of our calendar: silver cannot cast it, and says so.
        _ => out.push_str(&value.to_string()),
    }
}

fn time(out: &mut String, nanoseconds: i64) {
    let seconds = nanoseconds.div_euclid(1_000_000_000);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    out.push_str(&format!("{hours:02}:{minutes:02}:{:02}", seconds % 60));
    fraction(out, i128::from(nanoseconds.rem_euclid(1_000_000_000)));
}

fn fraction(out: &mut String, nanoseconds: i128) {
    if nanoseconds == 0 {
        return;
    }
    if nanoseconds % 1_000 == 0 {
        out.push_str(&format!(".{:06}", nanoseconds / 1_000));
    } else {
        out.push_str(&format!(".{nanoseconds:09}"));
    }
}

fn object<'a>(
    out: &mut String,
    members: impl Iterator<Item = (String, &'a ArrayRef, usize)>,
) -> Result<bool> {
    out.push('{');
    for (position, (key, values, row)) in members.enumerate() {
        if position > 0 {
            out.push(',');
        }
        quote(out, &key)?;
        out.push(':');
        if !json(out, values, row)? {
            return Ok(false);
        }
    }
    out.push('}');
    Ok(true)
}

fn list(out: &mut String, values: &ArrayRef) -> Result<bool> {
    out.push('[');
    for row in 0..values.len() {
        if row > 0 {
            out.push(',');
        }
        if !json(out, values, row)? {
            return Ok(false);
        }
    }
    out.push(']');
    Ok(true)
}

/// A value within compact JSON: numbers and booleans bare, anything else that is not nested as a string.
fn json(out: &mut String, values: &ArrayRef, row: usize) -> Result<bool> {
    if values.is_null(row) {
        out.push_str("null");
        return Ok(true);
    }
    let data_type = values.data_type();
    let bare = data_type.is_nested()
        || data_type.is_integer()
        || matches!(
            data_type,
            DataType::Boolean
                | DataType::Decimal32(..)
                | DataType::Decimal64(..)
                | DataType::Decimal128(..)
                | DataType::Decimal256(..)
        );
    if bare {
        return write(values, row, out);
    }
    let mut text = String::new();
    if !write(values, row, &mut text)? {
        return Ok(false);
    }
    // JSON has no word for infinity.
    let finite = !text.contains("inf") && text != "NaN";
    if data_type.is_floating() && finite {
        out.push_str(&text);
    } else {
        quote(out, &text)?;
    }
    Ok(true)
}

fn quote(out: &mut String, text: &str) -> Result<()> {
    let quoted =
        serde_json::to_string(text).map_err(|error| ArrowError::ExternalError(error.into()))?;
    out.push_str(&quoted);
    Ok(())
}
