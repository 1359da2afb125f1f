//! The questions that can be asked of the marts, in the words of the catalogue.
//!
//! Dimensions are named as MetricFlow names them: `product__department`, `user__state`, and
//! `metric_time` for the time a metric is counted at.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{ColumnRole, Frame, Value, day_number, filters};

/// The length of one period on a time axis. Weeks are ISO weeks, starting on Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// What a figure is set beside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// As many days, just before the range.
    PriorPeriod,
    /// 364 days back by day or week, the same calendar dates a year back by month and above.
    PriorYear,
    /// These days, whatever the range; in a series its first day stands beside the range's first day.
    Between(DateRange),
}

impl Grain {
    pub const ALL: [Self; 5] = [
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
        Self::Year,
    ];

    /// For people: "Weekly".
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Day => "Daily",
            Self::Week => "Weekly",
            Self::Month => "Monthly",
            Self::Quarter => "Quarterly",
            Self::Year => "Yearly",
        }
    }

    /// In URLs and in SQL's `date_trunc`: `week`.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|grain| grain.slug() == slug)
    }

    /// The first day of the period that holds `day`.
    #[must_use]
    pub fn first_day(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Week => day_number::plus(day, -i32::from(day.weekday().to_monday_zero_offset())),
            Self::Month => day.first_of_month(),
            Self::Quarter => Date::constant(day.year(), (day.month() - 1) / 3 * 3 + 1, 1),
            Self::Year => day.first_of_year(),
        }
    }

    /// The first day of the next period after the one that holds `day`.
    #[must_use]
    pub fn next(self, day: Date) -> Date {
        let first = self.first_day(day);
        match self {
            Self::Day => day_number::plus(first, 1),
            Self::Week => day_number::plus(first, 7),
            Self::Month => day_number::plus_months(first, 1),
            Self::Quarter => day_number::plus_months(first, 3),
            Self::Year => day_number::plus_months(first, 12),
        }
    }
}

impl Comparison {
    /// Those that follow the range.
    pub const ALL: [Self; 2] = [Self::PriorPeriod, Self::PriorYear];

    /// For people: "Prior period".
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::PriorPeriod => "Prior period",
            Self::PriorYear => "Prior year",
            Self::Between(_) => "Other dates",
        }
    }

    /// In URLs: `prior_period`, `2025-01-01..2025-03-31`.
    #[must_use]
    pub fn slug(self) -> String {
        match self {
            Self::PriorPeriod => "prior_period".to_owned(),
            Self::PriorYear => "prior_year".to_owned(),
            Self::Between(DateRange { from, to }) => format!("{from}..{to}"),
        }
    }

    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        if let Some((from, to)) = slug.split_once("..") {
            let (from, to) = (filters::day(from)?, filters::day(to)?);
            return (from <= to).then_some(Self::Between(DateRange { from, to }));
        }
        Self::ALL
            .into_iter()
            .find(|comparison| comparison.slug() == slug)
    }
}

/// The filter value that stands for rows without a value in a dimension, such as purchases of a
/// user whose state nobody knows. Never means anything in a row policy.
pub const UNKNOWN: &str = "(unknown)";

/// Days in the reporting zone, both ends included; `from <= to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DateRange {
    pub from: Date,
    pub to: Date,
}

impl DateRange {
    /// How many days, both ends counted.
    #[must_use]
    pub fn days(self) -> i32 {
        day_number::of(self.to) - day_number::of(self.from) + 1
    }

    /// The first days of all periods that the range touches, in order.
    pub fn periods(self, grain: Grain) -> impl Iterator<Item = Date> {
        let first = grain.first_day(self.from);
        std::iter::successors(Some(first), move |day| {
            let next = grain.next(*day);
            (next > *day).then_some(next)
        })
        .take_while(move |day| *day <= self.to)
    }
}

/// Keeps (or, with `exclude`, leaves out) rows whose dimension has one of `values`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DimensionFilter {
    pub dimension: String,
    pub values: Vec<String>,
    #[serde(default)]
    pub exclude: bool,
}

impl DimensionFilter {
    /// Keeps the rows with this one value.
    #[must_use]
    pub fn only(dimension: &str, value: &str) -> Self {
        Self {
            dimension: dimension.to_owned(),
            values: vec![value.to_owned()],
            exclude: false,
        }
    }
}

/// Keeps groups whose metric lies within these bounds, both counted in, on the range itself (not the comparison).
/// A group without a figure is left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Threshold {
    pub metric: String,
    #[serde(default)]
    pub at_least: Option<Decimal>,
    #[serde(default)]
    pub at_most: Option<Decimal>,
}

/// Sorts by a metric or dimension of the same question, or by how a metric differs from its comparison:
/// `<metric>__change`, `<metric>__change_percent`. Ties go by the dimensions, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Order {
    pub by: String,
    pub descending: bool,
}

impl Order {
    #[must_use]
    pub fn ascending(by: &str) -> Self {
        Self {
            by: by.to_owned(),
            descending: false,
        }
    }

    #[must_use]
    pub fn descending(by: &str) -> Self {
        Self {
            by: by.to_owned(),
            descending: true,
        }
    }
}

/// Metrics over a range, by dimensions and optionally by period.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Aggregate {
    pub metrics: Vec<String>,
    #[serde(default)]
    pub dimensions: Vec<String>,
    pub grain: Option<Grain>,
    pub range: DateRange,
    #[serde(default)]
    pub filters: Vec<DimensionFilter>,
    pub compare: Option<Comparison>,
    /// By which grain's convention the comparison looks back where `grain` is `None`, so that totals
    /// and the series beside them look at the same days; neither: by day.
    #[serde(default)]
    pub compare_grain: Option<Grain>,
    pub order: Option<Order>,
    pub limit: Option<u32>,
    /// How many groups are left out before the first one shown: for pages of a table.
    #[serde(default)]
    pub skip: u32,
    #[serde(default)]
    pub having: Vec<Threshold>,
    /// Adds a row for all groups that the limit left out, figured from their rows (see [`crate::Level`]).
    #[serde(default)]
    pub other: bool,
    /// Adds a row for all groups together, thresholds and limit aside, figured from the rows.
    #[serde(default)]
    pub total: bool,
}

impl Aggregate {
    /// These metrics over the range: no breakdown, no filter, no comparison.
    #[must_use]
    pub fn over(metrics: &[&str], range: DateRange) -> Self {
        Self {
            metrics: metrics.iter().map(|&metric| metric.to_owned()).collect(),
            dimensions: Vec::new(),
            grain: None,
            range,
            filters: Vec::new(),
            compare: None,
            compare_grain: None,
            order: None,
            limit: None,
            skip: 0,
            having: Vec::new(),
            other: false,
            total: false,
        }
    }
}

/// The values of one dimension, for a filter's options; `search` is matched anywhere, ignoring case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Values {
    pub dimension: String,
    pub search: Option<String>,
    pub limit: u32,
}

/// Rows of one table as they are, a page at a time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Rows {
    /// The semantic model whose rows are listed: `purchases`, `runs`.
    pub relation: String,
    /// Dimensions of the row or of what it points to, and metrics whose measure each row has a share in.
    pub columns: Vec<String>,
    #[serde(default)]
    pub filters: Vec<DimensionFilter>,
    /// Only rows of these days, by the time that the metrics among the columns are counted at; `None` for all.
    #[serde(default)]
    pub range: Option<DateRange>,
    /// By columns of this question, the first one first; rows that tie go by their own key.
    #[serde(default)]
    pub order: Vec<Order>,
    pub limit: u32,
    /// Where the page before ended, as [`Rows::next`] read it from there.
    #[serde(default)]
    pub after: Option<Vec<Option<String>>>,
}

/// What the columns are called that say where the next page of rows begins: `after__0`, `after__1`, ….
pub const AFTER: &str = "after__";

impl Rows {
    /// The question for the page behind `frame`, which answered this one; `None` where it was the last page.
    #[must_use]
    pub fn next(&self, frame: &Frame) -> Option<Self> {
        let last = frame.rows.last()?;
        let is_full = frame.truncated || frame.rows.len() >= self.limit.max(1) as usize;
        let after = frame
            .columns
            .iter()
            .zip(last)
            .filter(|(column, _)| column.role == ColumnRole::Key)
            .map(|(_, value)| match value {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect();
        is_full.then(|| Self {
            after: Some(after),
            ..self.clone()
        })
    }
}

/// A question. Row policies narrow it in the planner, never the asker.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    Aggregate(Aggregate),
    Values(Values),
    Rows(Rows),
}
