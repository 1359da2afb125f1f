//! Whether the type of a Parquet column can hold what its source declares.

use arrow::datatypes::DataType;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    Same,
    /// Another type, every value of which has an exact text that silver can cast.
    Castable,
    /// A value may have been lost already.
    Refused,
}

/// Judges a file's type by the declared one, such as `decimal(18,2)`. A type that is not known here is text's matter.
pub(super) fn judge(declared: &str, found: &DataType) -> Judged {
    use Judged::{Castable, Refused, Same};
    let declared = declared.to_ascii_lowercase();
    let family = declared.split('(').next().unwrap_or_default().trim();
    if found.is_null() {
        return Same;
    }
    let text = matches!(
        found,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    );
    let bytes = matches!(
        found,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView
    );
    match family {
        // Bytes are read as text.
        "decimal" | "numeric" | "timestamp" | "timestamp_ntz" | "date" | "boolean" | "bool"
        | "bigint" | "integer" | "int"
            if text || bytes =>
        {
            Castable
        }
        "decimal" | "numeric" => match found {
            DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..) => {
                if fits(&declared, found) {
                    Same
                } else {
                    Castable
                }
            }
            found if found.is_integer() => Castable,
            _ => Refused,
        },
        "timestamp" | "timestamp_ntz" => match found {
            DataType::Timestamp(..) => Same,
            _ => Refused,
        },
        "date" => match found {
            DataType::Date32 | DataType::Date64 => Same,
            DataType::Timestamp(..) => Castable,
            _ => Refused,
        },
        "boolean" | "bool" => match found {
            DataType::Boolean => Same,
            found if found.is_integer() => Castable,
            _ => Refused,
        },
        "bigint" | "integer" | "int" => match found {
            found if found.is_integer() => Same,
            // A whole number with missing values often comes as a float, and its text is exact.
            found if found.is_floating() => Castable,
            DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..) => Castable,
            _ => Refused,
        },
        _ => Same,
    }
}

/// Whether every decimal of a type is one of the declared type.
fn fits(declared: &str, found: &DataType) -> bool {
    let (DataType::Decimal32(precision, scale)
    | DataType::Decimal64(precision, scale)
    | DataType::Decimal128(precision, scale)
    | DataType::Decimal256(precision, scale)) = found
    else {
        return false;
    };
    let (precision, scale) = (i32::from(*precision), i32::from(*scale));
    let mut numbers = declared
        .split(['(', ',', ')'])
        .filter_map(|part| part.trim().parse::<i32>().ok());
    let (Some(most), fraction) = (numbers.next(), numbers.next().unwrap_or(0)) else {
        return true;
    };
    scale <= fraction && precision - scale <= most - fraction
}

/// A type's name in words of Parquet and SQL.
pub(super) fn name(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Float16 | DataType::Float32 => "FLOAT".to_owned(),
        DataType::Float64 => "DOUBLE".to_owned(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "STRING".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "BINARY".to_owned(),
        DataType::FixedSizeBinary(bytes) => format!("FIXED_LEN_BYTE_ARRAY({bytes})"),
        DataType::Decimal32(p, s)
        | DataType::Decimal64(p, s)
        | DataType::Decimal128(p, s)
        | DataType::Decimal256(p, s) => format!("DECIMAL({p},{s})"),
        DataType::Timestamp(..) => "TIMESTAMP".to_owned(),
        DataType::Date32 | DataType::Date64 => "DATE".to_owned(),
        DataType::Time32(_) | DataType::Time64(_) => "TIME".to_owned(),
        DataType::Struct(_) => "STRUCT".to_owned(),
        DataType::Map(..) => "MAP".to_owned(),
        data_type if data_type.is_nested() => "LIST".to_owned(),
        data_type => data_type.to_string().to_ascii_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::TimeUnit;

    use super::*;

    #[test]
    fn a_type_that_may_have_lost_a_value_is_refused() {
        use Judged::{Castable, Refused, Same};
        let timestamp = DataType::Timestamp(TimeUnit::Microsecond, None);
        for (declared, found, judged) in [
            ("decimal(18,2)", DataType::Decimal128(18, 2), Same),
            ("decimal(18,2)", DataType::Decimal128(10, 2), Same),
            ("decimal(18,2)", DataType::Decimal128(18, 4), Castable),
            ("decimal(18,2)", DataType::Decimal128(38, 2), Castable),
            ("decimal(18,2)", DataType::Int64, Castable),
            ("decimal(18,2)", DataType::Utf8, Castable),
            ("decimal(18,2)", DataType::Float64, Refused),
            ("DECIMAL(18,4)", DataType::Float32, Refused),
            ("decimal(18,2)", DataType::Boolean, Refused),
            ("timestamp", timestamp.clone(), Same),
            ("timestamp", DataType::Binary, Castable),
            ("timestamp", DataType::Int64, Refused),
            ("timestamp", DataType::Float64, Refused),
            ("timestamp", DataType::Date32, Refused),
            ("date", timestamp.clone(), Castable),
            ("bigint", DataType::Int32, Same),
            ("bigint", DataType::Float64, Castable),
            ("bigint", timestamp, Refused),
            ("boolean", DataType::Boolean, Same),
            ("boolean", DataType::Int8, Castable),
            ("boolean", DataType::Float64, Refused),
            ("boolean", DataType::Null, Same),
            ("string", DataType::Float64, Same),
        ] {
            assert_eq!(judge(declared, &found), judged, "{declared} as {found}");
        }
    }
}
