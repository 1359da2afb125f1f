//! An answer by period and by one dimension, read as one line per value.

use std::cmp::Reverse;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::{Column, ColumnRole, Frame, Unit, Value, format};

/// More lines than this cannot be told apart, nor coloured apart.
pub const MOST_LINES: usize = 8;

/// Lines over the same periods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// First days of the periods, ascending, each once.
    pub periods: Vec<Date>,
    /// A value as people know it, and for each period its row in the frame; the largest over all periods first.
    pub lines: Vec<(String, Vec<Option<usize>>)>,
}

impl Lines {
    /// `None` for a frame without a dimension or without periods. Lines beyond [`MOST_LINES`], the smallest, are left
    /// out. Colours go by this order, so that the first of them is the largest line.
    #[must_use]
    pub fn read(frame: &Frame) -> Option<Self> {
        let at = |role| frame.columns.iter().position(|column| column.role == role);
        let (time, dimension) = (at(ColumnRole::Time)?, at(ColumnRole::Dimension)?);
        let mut cells: Vec<(String, Date, usize)> = frame
            .rows
            .iter()
            .enumerate()
            .filter_map(|(row, cells)| match cells.get(time) {
                Some(Value::Date(day)) => {
                    Some((format::dimension(cells.get(dimension)?), *day, row))
                }
                _ => None,
            })
            .collect();
        cells.sort();
        let mut periods: Vec<Date> = cells.iter().map(|(_, day, _)| *day).collect();
        periods.sort_unstable();
        periods.dedup();
        let mut lines: Vec<(String, Vec<Option<usize>>)> = Vec::new();
        for (name, day, row) in cells {
            if lines.last().is_none_or(|(last, _)| *last != name) {
                lines.push((name, vec![None; periods.len()]));
            }
            if let (Some((_, rows)), Ok(period)) = (lines.last_mut(), periods.binary_search(&day))
                && let Some(place) = rows.get_mut(period)
            {
                *place = Some(row);
            }
        }
        let metric = at(ColumnRole::Metric);
        let figure = |row: &usize| frame.rows.get(*row)?.get(metric?)?.decimal();
        let sum = |rows: &[Option<usize>]| {
            let figures = rows.iter().flatten().filter_map(figure);
            figures.fold(Decimal::ZERO, |sum, figure| {
                sum.checked_add(figure).unwrap_or(sum)
            })
        };
        // Ties stay in the order of names.
        lines.sort_by_cached_key(|(_, rows)| Reverse(sum(rows)));
        lines.truncate(MOST_LINES);
        (!lines.is_empty()).then_some(Self { periods, lines })
    }
}

/// An answer by period of several metrics, as one by period and metric, so that each is a line; `None` for one metric or
/// where there is a dimension. Its figures stand in a column named as the first metric.
#[must_use]
pub fn by_metric(frame: &Frame) -> Option<Frame> {
    let of_role = |role| frame.columns.iter().filter(move |c| c.role == role);
    let metrics: Vec<&Column> = of_role(ColumnRole::Metric).collect();
    let time = of_role(ColumnRole::Time).next()?;
    let first = metrics.first()?;
    if metrics.len() < 2 || of_role(ColumnRole::Dimension).next().is_some() {
        return None;
    }
    let line = Column {
        name: "line".to_owned(),
        label: "Line".to_owned(),
        unit: Unit::None,
        role: ColumnRole::Dimension,
    };
    let rows = (0..frame.rows.len()).flat_map(|row| {
        metrics.iter().map(move |metric| {
            vec![
                Value::Text(metric.label.clone()),
                frame.value(row, &time.name).clone(),
                frame.value(row, &metric.name).clone(),
            ]
        })
    });
    Some(Frame {
        columns: vec![line, time.clone(), (*first).clone()],
        rows: rows.collect(),
        truncated: frame.truncated,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use jiff::civil::date;

    use super::*;
    use crate::{Column, Unit};

    #[test]
    fn each_value_is_a_line_over_all_periods_the_largest_first() {
        let column = |name: &str, role| Column {
            name: name.to_owned(),
            label: name.to_owned(),
            unit: Unit::None,
            role,
        };
        let row = |name: &str, month, amount| {
            vec![
                Value::Text(name.to_owned()),
                Value::Date(date(2026, month, 1)),
                Value::Int(amount),
            ]
        };
        let frame = Frame {
            columns: vec![
                column("state", ColumnRole::Dimension),
                column("metric_time", ColumnRole::Time),
                column("units", ColumnRole::Metric),
            ],
            rows: vec![row("AZ", 1, 5), row("OH", 2, 7), row("OH", 1, 6)],
            truncated: false,
        };
        let lines = Lines::read(&frame).unwrap();
        assert_eq!(lines.periods, [date(2026, 1, 1), date(2026, 2, 1)]);
        assert_eq!(
            lines.lines,
            [
                ("OH".to_owned(), vec![Some(2), Some(1)]),
                ("AZ".to_owned(), vec![Some(0), None])
            ]
        );
        assert_eq!(Lines::read(&Frame::default()), None);
    }
}
