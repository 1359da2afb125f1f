//! The answer's rows, as the browser gets them.

use jiff::civil::{Date, DateTime};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// One cell. Money stays a decimal; it never becomes a float on its way to a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    #[serde(rename = "n")]
    Null,
    #[serde(rename = "b")]
    Bool(bool),
    #[serde(rename = "i")]
    Int(i64),
    #[serde(rename = "m")]
    Decimal(Decimal),
    #[serde(rename = "f")]
    Float(f64),
    #[serde(rename = "t")]
    Text(String),
    #[serde(rename = "d")]
    Date(Date),
    /// A moment as clocks in the release's reporting zone showed it.
    #[serde(rename = "c")]
    DateTime(DateTime),
}

impl Value {
    /// The cell as an exact number: `Int` and `Decimal` as they are, a finite `Float` as it is
    /// written; `None` for everything else.
    #[must_use]
    pub fn decimal(&self) -> Option<Decimal> {
        match self {
            Self::Int(i) => Some(Decimal::from(*i)),
            Self::Decimal(d) => Some(*d),
            Self::Float(f) => Decimal::try_from(*f).ok(),
            Self::Null | Self::Bool(_) | Self::Text(_) | Self::Date(_) | Self::DateTime(_) => None,
        }
    }
}

/// What a number counts, which decides how it is written (see [`crate::format`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// US dollars, written with cents.
    Usd,
    /// A whole number of things.
    Count,
    /// A share between 0 and 1, written as a percentage.
    Ratio,
    /// Any other number.
    Number,
    /// A length of time, written as `42.1 s`, `3 min 12 s`, `2 h 5 min`.
    Seconds,
    /// A size, written as `12.3 MB` (of a million bytes each).
    Bytes,
    /// Not a number: a dimension's text or a date.
    None,
}

/// What a column is in the answer to an [`crate::Ask`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnRole {
    Dimension,
    /// The first day of the period (`metric_time`).
    Time,
    Metric,
    /// The metric in the comparison's range, aligned to the current period; named `<metric>__prior`.
    Prior,
    /// The parts of a ratio metric: `<metric>__numerator`, `<metric>__denominator`, and
    /// `<metric>__prior_numerator`, `<metric>__prior_denominator`.
    Part,
    /// Which [`Level`] the row is of, as its slug; there only where "other" or a total was asked for; never shown.
    Level,
    /// Where a page of rows goes on (see [`crate::Rows::next`]); never shown.
    Key,
}

/// What a row of an answer stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// One group.
    Group,
    /// All groups that the limit left out.
    Other,
    /// All groups together.
    Total,
}

/// The name of the column that says of which [`Level`] a row is.
pub const LEVEL: &str = "row__level";

impl Level {
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Other => "other",
            Self::Total => "total",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// As in the statement: `retail_spend`, `retail_spend__prior`, `product__department`.
    pub name: String,
    /// For people: "Retail spend".
    pub label: String,
    pub unit: Unit,
    pub role: ColumnRole,
}

/// Columns and rows; every row has as many cells as there are columns.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Frame {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Value>>,
    /// The row cap was reached and rows are missing.
    pub truncated: bool,
}

impl Frame {
    #[must_use]
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }

    /// What `row` stands for; a group, where nothing else was asked for.
    #[must_use]
    pub fn level(&self, row: usize) -> Level {
        match self.value(row, LEVEL) {
            Value::Text(level) if level == Level::Other.slug() => Level::Other,
            Value::Text(level) if level == Level::Total.slug() => Level::Total,
            _ => Level::Group,
        }
    }

    /// The cell of `row` in the column `name`; `Null` where either is missing.
    #[must_use]
    pub fn value(&self, row: usize, name: &str) -> &Value {
        self.column(name)
            .and_then(|c| self.rows.get(row).and_then(|r| r.get(c)))
            .unwrap_or(&Value::Null)
    }
}
