//! One metric over time, read from an answer.

use jiff::civil::Date;
use marts::{Aggregate, ColumnRole, DateRange, Frame, Grain, ReleaseInfo, Unit, Value};
use rust_decimal::prelude::ToPrimitive as _;

use crate::time_axis::{infer_grain, position};

/// One point of the time axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The first day of the period.
    pub day: Date,
    /// As from [`position`].
    pub at: f64,
    pub current: Option<f64>,
    pub prior: Option<f64>,
    /// Not all days of the period are counted: it is not over, or the range cuts it.
    pub partial: bool,
}

/// A metric by period, points ascending in time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub label: String,
    pub unit: Unit,
    pub grain: Grain,
    /// The name of the comparison, where there is one.
    pub prior_label: Option<String>,
    /// Both are of the same figure, at other days.
    pub is_comparison: bool,
    pub points: Vec<Point>,
    /// For each row of the frame, its point; `None` where the row has no date.
    pub rows: Vec<Option<usize>>,
}

impl Series {
    /// `None` where the frame has no time, no such metric, or no rows. Without the question the grain is
    /// read off the periods, and only the release's last day tells which of them are not over.
    #[must_use]
    pub fn read(
        frame: &Frame,
        metric: &str,
        asked: Option<&Aggregate>,
        release: &ReleaseInfo,
    ) -> Option<Self> {
        let time = frame
            .columns
            .iter()
            .position(|c| c.role == ColumnRole::Time)?;
        let column = frame.column(metric)?;
        let prior = frame.column(&format!("{metric}__prior"));
        let day = |row: &[Value]| match row.get(time) {
            Some(Value::Date(day)) => Some(*day),
            _ => None,
        };
        let cell = |row: &[Value], column: usize| row.get(column).and_then(number);

        let mut order: Vec<(Date, usize)> = frame
            .rows
            .iter()
            .enumerate()
            .filter_map(|(i, row)| Some((day(row)?, i)))
            .collect();
        order.sort_unstable();
        let days: Vec<Date> = order.iter().map(|(day, _)| *day).collect();
        let grain = asked
            .and_then(|a| a.grain)
            .unwrap_or_else(|| infer_grain(&days));

        let mut rows = vec![None; frame.rows.len()];
        let mut points = Vec::with_capacity(order.len());
        for (day, row) in order {
            rows[row] = Some(points.len());
            points.push(Point {
                day,
                at: position(grain, day),
                current: cell(&frame.rows[row], column),
                prior: prior.and_then(|c| cell(&frame.rows[row], c)),
                partial: partial(day, grain, asked.map(|a| a.range), release.business_date),
            });
        }
        if points.is_empty() {
            return None;
        }
        // Beside no range of its own it is something else, and says what.
        let prior_label = prior.map(|column| match asked.and_then(|a| a.compare) {
            Some(compare) => compare.label().to_owned(),
            None => frame
                .columns
                .get(column)
                .filter(|_| asked.is_some())
                .map_or_else(|| "Prior period".to_owned(), |column| column.label.clone()),
        });
        let column = frame.columns.get(column)?;
        Some(Self {
            label: column.label.clone(),
            unit: column.unit,
            grain,
            prior_label,
            is_comparison: asked.is_none_or(|a| a.compare.is_some()),
            points,
            rows,
        })
    }

    /// The lowest and the highest value of both lines; zeros where there is none.
    #[must_use]
    pub fn extent(&self) -> (f64, f64) {
        let mut values = self
            .points
            .iter()
            .flat_map(|p| [p.current, p.prior])
            .flatten();
        let Some(first) = values.next() else {
            return (0.0, 0.0);
        };
        values.fold((first, first), |(low, high), v| (low.min(v), high.max(v)))
    }

    /// Runs of the points' indices between which no period is missing and `value` has a figure.
    pub fn runs(&self, value: impl Fn(&Point) -> Option<f64>) -> Vec<Vec<usize>> {
        let mut runs: Vec<Vec<usize>> = Vec::new();
        for (i, point) in self.points.iter().enumerate() {
            if value(point).is_none() {
                continue;
            }
            match runs.last_mut() {
                Some(run) if run.last().is_some_and(|last| self.adjacent(*last, i)) => run.push(i),
                _ => runs.push(vec![i]),
            }
        }
        runs
    }

    fn adjacent(&self, before: usize, after: usize) -> bool {
        after == before + 1 && self.points[after].at - self.points[before].at < 1.5
    }
}

/// Positions in a picture need no more than a float; what is written stays exact elsewhere.
/// Values beyond 1e300 have no place on any axis.
fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Int(n) => n.to_f64(),
        Value::Decimal(d) => d.to_f64(),
        Value::Float(f) => Some(*f),
        Value::Null | Value::Bool(_) | Value::Text(_) | Value::Date(_) | Value::DateTime(_) => None,
    };
    number.filter(|n| n.is_finite() && n.abs() <= 1e300)
}

fn partial(first: Date, grain: Grain, range: Option<DateRange>, business_date: Date) -> bool {
    let next = grain.next(first);
    let Ok(last) = next.yesterday() else {
        return false;
    };
    let until = range.map_or(business_date, |r| r.to.min(business_date));
    last > until || range.is_some_and(|r| first < r.from)
}
