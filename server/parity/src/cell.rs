//! A value as both engines mean it, whatever width they keep it in.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, TimeUnit, TimestampMicrosecondType,
};
use jiff::civil::date;
use jiff::{Span, Timestamp};
use marts::Failure;

/// Relative difference that two engines' sums of floats may have.
const TOLERANCE: f64 = 1e-9;

/// What a column holds. Widths are an engine's own business: a sum of whole numbers is 64 bits wide in one, 128 in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Nothing,
    Bool,
    Whole,
    /// With so many digits behind the point.
    Decimal(i8),
    Float,
    Text,
    Bytes,
    Date,
    /// UTC.
    Moment,
}

impl Kind {
    /// # Errors
    /// A type that tables of a release do not have.
    pub fn of(column: &str, data_type: &DataType) -> Result<Self, Failure> {
        Ok(match data_type {
            DataType::Null => Self::Nothing,
            DataType::Boolean => Self::Bool,
            whole if whole.is_integer() => Self::Whole,
            DataType::Decimal128(_, 0) => Self::Whole,
            DataType::Decimal128(_, scale) => Self::Decimal(*scale),
            DataType::Float32 | DataType::Float64 => Self::Float,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Self::Text,
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView => Self::Bytes,
            DataType::Date32 => Self::Date,
            DataType::Timestamp(TimeUnit::Microsecond, _) => Self::Moment,
            other => {
                return Err(Failure::bad_request(format!(
                    "The column {column} cannot be compared: it is of the type {other}. Leave it out, or cast it to text."
                )));
            }
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing but nulls"),
            Self::Bool => f.write_str("boolean"),
            Self::Whole => f.write_str("whole number"),
            Self::Decimal(scale) => write!(f, "decimal with {scale} places"),
            Self::Float => f.write_str("floating-point number"),
            Self::Text => f.write_str("text"),
            Self::Bytes => f.write_str("bytes"),
            Self::Date => f.write_str("date"),
            Self::Moment => f.write_str("timestamp"),
        }
    }
}

/// One value. Whole numbers and decimals are one kind of number, without trailing zeros.
#[derive(Debug, Clone)]
pub enum Cell {
    Null,
    Bool(bool),
    Number {
        digits: i128,
        places: i8,
    },
    Float(f64),
    Text(String),
    Bytes(Vec<u8>),
    /// Days since 1970.
    Date(i32),
    /// Microseconds since 1970, UTC.
    Moment(i64),
}

impl Cell {
    /// Equal, or as near as two orders of adding floats come.
    #[must_use]
    pub fn agrees(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Float(a), Self::Float(b)) => {
                a == b
                    || (a.is_nan() && b.is_nan())
                    || (a - b).abs() <= TOLERANCE * a.abs().max(b.abs())
            }
            _ => self.order(other) == Ordering::Equal,
        }
    }

    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    #[must_use]
    pub fn is_float(&self) -> bool {
        matches!(self, Self::Float(_))
    }

    /// A total order; values of different kinds by kind.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (
                Self::Number { digits, places },
                Self::Number {
                    digits: others,
                    places: theirs,
                },
            ) => digits.cmp(others).then(places.cmp(theirs)),
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Bytes(a), Self::Bytes(b)) => a.cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::Moment(a), Self::Moment(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(_) => 1,
            Self::Number { .. } => 2,
            Self::Float(_) => 3,
            Self::Text(_) => 4,
            Self::Bytes(_) => 5,
            Self::Date(_) => 6,
            Self::Moment(_) => 7,
        }
    }

    fn number(digits: i128, places: i8) -> Self {
        let (mut digits, mut places) = (digits, places);
        while places > 0 && digits % 10 == 0 {
            digits /= 10;
            places -= 1;
        }
        Self::Number { digits, places }
    }
}

impl Hash for Cell {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.rank().hash(state);
        match self {
            Self::Null => {}
            Self::Bool(is) => is.hash(state),
            Self::Number { digits, places } => (digits, places).hash(state),
            // As far as both engines can be expected to say the same; what falls on either side of a rounding is looked
            // at again.
            Self::Float(value) if *value == 0.0 => 0u8.hash(state),
            Self::Float(value) => format!("{value:.9e}").hash(state),
            Self::Text(text) => text.hash(state),
            Self::Bytes(bytes) => bytes.hash(state),
            Self::Date(day) => day.hash(state),
            Self::Moment(at) => at.hash(state),
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Bool(is) => is.fmt(f),
            Self::Number { digits, places } => match u32::try_from(*places) {
                Ok(0) | Err(_) => digits.fmt(f),
                Ok(places) => {
                    let sign = if *digits < 0 { "-" } else { "" };
                    let all = format!(
                        "{:0>width$}",
                        digits.unsigned_abs(),
                        width = places as usize + 1
                    );
                    let (whole, rest) = all.split_at(all.len() - places as usize);
                    write!(f, "{sign}{whole}.{rest}")
                }
            },
            Self::Float(value) => write!(f, "{value:?}"),
            Self::Text(text) => text.fmt(f),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Date(day) => {
                match date(1970, 1, 1).checked_add(Span::new().try_days(*day).unwrap_or_default()) {
                    Ok(day) => day.fmt(f),
                    Err(_) => write!(f, "day {day} since 1970"),
                }
            }
            Self::Moment(at) => match Timestamp::from_microsecond(*at) {
                Ok(at) => at.fmt(f),
                Err(_) => write!(f, "microsecond {at} since 1970"),
            },
        }
    }
}

/// Reads the cells of one column, by row.
pub(crate) type Reader = Box<dyn Fn(usize) -> Cell>;

/// # Errors
/// As [`Kind::of`].
pub(crate) fn reader(name: &str, array: &ArrayRef) -> Result<Reader, Failure> {
    let kind = Kind::of(name, array.data_type())?;
    let target = match kind {
        Kind::Nothing => return Ok(Box::new(|_| Cell::Null)),
        Kind::Bool => DataType::Boolean,
        Kind::Whole => DataType::Decimal128(38, 0),
        Kind::Decimal(scale) => DataType::Decimal128(38, scale),
        Kind::Float => DataType::Float64,
        Kind::Text => DataType::Utf8,
        Kind::Bytes => DataType::Binary,
        Kind::Date => DataType::Date32,
        Kind::Moment => DataType::Timestamp(TimeUnit::Microsecond, None),
    };
    let array = cast(array, &target).map_err(|e| {
        Failure::internal(format!("The column {name} could not be read.")).with_detail(e)
    })?;
    let nulls = array.nulls().cloned();
    let read: Reader = match kind {
        Kind::Nothing => Box::new(|_| Cell::Null),
        Kind::Bool => {
            let values = array.as_boolean().clone();
            Box::new(move |row| Cell::Bool(values.value(row)))
        }
        Kind::Whole | Kind::Decimal(_) => {
            let places = if let Kind::Decimal(scale) = kind {
                scale
            } else {
                0
            };
            let values = array.as_primitive::<Decimal128Type>().clone();
            Box::new(move |row| Cell::number(values.value(row), places))
        }
        Kind::Float => {
            let values = array.as_primitive::<Float64Type>().clone();
            Box::new(move |row| Cell::Float(values.value(row)))
        }
        Kind::Text => {
            let values = array.as_string::<i32>().clone();
            Box::new(move |row| Cell::Text(values.value(row).to_owned()))
        }
        Kind::Bytes => {
            let values = array.as_binary::<i32>().clone();
            Box::new(move |row| Cell::Bytes(values.value(row).to_vec()))
        }
        Kind::Date => {
            let values = array.as_primitive::<Date32Type>().clone();
            Box::new(move |row| Cell::Date(values.value(row)))
        }
        Kind::Moment => {
            let values = array.as_primitive::<TimestampMicrosecondType>().clone();
            Box::new(move |row| Cell::Moment(values.value(row)))
        }
    };
    Ok(match nulls {
        Some(nulls) => Box::new(move |row| {
            if nulls.is_null(row) {
                Cell::Null
            } else {
                read(row)
            }
        }),
        None => read,
    })
}
