//! What SQL leaves open: exact quotients, periods without rows, and days nobody observed.

use std::collections::BTreeMap;

use jiff::{ToSpan, civil::Date};
use rust_decimal::Decimal;

use crate::filters::prior_range;
use crate::project::catalogue::{Formula, METRIC_TIME};
use crate::{Aggregate, Comparison, DateRange, Frame, Grain, ReleaseInfo, Unit, Value};

/// How to complete an answer. Apply it once, to the rows as the statement returned them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Completion {
    cells: Vec<Cell>,
    series: Option<Grain>,
    /// Periods without rows are added: a series of its own, not cut by a limit.
    fills_gaps: bool,
    descending: bool,
    range: Option<DateRange>,
    prior: Option<(Comparison, Grain, DateRange)>,
    /// Runs are remembered on whichever day they were; a release's observed days say nothing of them.
    tells_of_runs: bool,
}

/// What a column is to the completion.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Key,
    /// `zero`: no rows mean 0, not "no figure".
    Amount {
        zero: bool,
        is_prior: bool,
    },
    /// Positions of the parts in the same row.
    Quotient {
        numerator: usize,
        denominator: usize,
        is_prior: bool,
    },
    /// Arithmetic over positions in the same row.
    Derived {
        formula: Formula<usize>,
        is_prior: bool,
    },
}

impl Cell {
    /// Whether it is about the comparison; keys are about both.
    fn is_prior(&self) -> Option<bool> {
        match self {
            Self::Key => None,
            Self::Amount { is_prior, .. }
            | Self::Quotient { is_prior, .. }
            | Self::Derived { is_prior, .. } => Some(*is_prior),
        }
    }
}

impl Completion {
    pub(super) fn of(
        ask: &Aggregate,
        prior: Option<(Comparison, Grain, DateRange)>,
        cells: Vec<Cell>,
        tells_of_runs: bool,
    ) -> Self {
        let order = ask.order.as_ref();
        let by_time = order.is_none_or(|order| order.by == METRIC_TIME);
        Self {
            cells,
            series: ask.grain,
            fills_gaps: ask.grain.is_some()
                && ask.dimensions.is_empty()
                && ask.limit.is_none()
                && ask.skip == 0
                && ask.having.is_empty()
                && by_time,
            descending: order.is_some_and(|order| order.descending),
            range: Some(ask.range),
            prior,
            tells_of_runs,
        }
    }

    /// Completes the decoded rows:
    /// - a period of a series without rows is there, with 0 for sums and counts;
    /// - sums and counts over days of which none was observed in this release are `Null`, not 0;
    /// - a comparison with days that were not all observed is `Null`;
    /// - ratios are exact quotients of their parts, `Null` over zero.
    #[must_use]
    pub fn complete(&self, mut frame: Frame, release: &ReleaseInfo) -> Frame {
        let Some(range) = self.range else {
            return frame;
        };
        if frame.columns.len() != self.cells.len() {
            return frame;
        }
        if let Some(grain) = self.series.filter(|_| self.fills_gaps && !frame.truncated) {
            self.fill(&mut frame, range, grain);
        }
        let units: Vec<Unit> = frame.columns.iter().map(|column| column.unit).collect();
        for row in &mut frame.rows {
            let days = self.days_of(row, range);
            let is_current_seen = self.tells_of_runs || observed(release, days);
            let is_prior_seen = self.tells_of_runs
                || self
                    .prior_days(days, range)
                    .is_some_and(|days| observed_throughout(release, days));
            for (at, cell) in self.cells.iter().enumerate() {
                let Some(is_prior) = cell.is_prior() else {
                    continue;
                };
                let is_seen = if is_prior {
                    is_prior_seen
                } else {
                    is_current_seen
                };
                let value = match cell {
                    _ if !is_seen => Value::Null,
                    Cell::Key | Cell::Amount { .. } => {
                        let value = row.get(at).cloned().unwrap_or(Value::Null);
                        tidy(value, units.get(at).copied())
                    }
                    Cell::Quotient {
                        numerator,
                        denominator,
                        ..
                    } => quotient(row.get(*numerator), row.get(*denominator)),
                    Cell::Derived { formula, .. } => {
                        let figure = |at: &usize| row.get(*at).and_then(Value::decimal);
                        let result = formula.result(&figure);
                        let result = result.map_or(Value::Null, Value::Decimal);
                        tidy(result, units.get(at).copied())
                    }
                };
                if let Some(cell) = row.get_mut(at) {
                    *cell = value;
                }
            }
        }
        frame
    }

    fn fill(&self, frame: &mut Frame, range: DateRange, grain: Grain) {
        let mut by_period: BTreeMap<Date, Vec<Value>> = BTreeMap::new();
        for row in std::mem::take(&mut frame.rows) {
            if let Some(Value::Date(first)) = row.first() {
                by_period.insert(*first, row);
            }
        }
        for first in range.periods(grain) {
            by_period
                .entry(first)
                .or_insert_with(|| self.empty_row(first));
        }
        frame.rows = by_period.into_values().collect();
        if self.descending {
            frame.rows.reverse();
        }
    }

    fn empty_row(&self, first: Date) -> Vec<Value> {
        self.cells
            .iter()
            .map(|cell| match cell {
                Cell::Key => Value::Date(first),
                Cell::Amount { zero: true, .. } => Value::Int(0),
                Cell::Amount { .. } | Cell::Quotient { .. } | Cell::Derived { .. } => Value::Null,
            })
            .collect()
    }

    /// The days of the range that a row is about.
    fn days_of(&self, row: &[Value], range: DateRange) -> DateRange {
        match (self.series, row.first()) {
            (Some(grain), Some(Value::Date(first))) => {
                let last = grain.next(*first).saturating_sub(1.day());
                let from = range.from.max(*first);
                DateRange {
                    from,
                    to: range.to.min(last).max(from),
                }
            }
            _ => range,
        }
    }

    /// The days that `days` of the range are compared with.
    fn prior_days(&self, days: DateRange, range: DateRange) -> Option<DateRange> {
        let (compare, grain, prior) = self.prior?;
        Some(match compare {
            _ if days == range => prior,
            Comparison::Between(other) => {
                let back = (range.from - other.from).get_days().days();
                let from = days.from.saturating_sub(back);
                DateRange {
                    from,
                    to: days.to.saturating_sub(back).min(other.to).max(from),
                }
            }
            Comparison::PriorPeriod => {
                let back = range.days().days();
                DateRange {
                    from: days.from.saturating_sub(back),
                    to: days.to.saturating_sub(back),
                }
            }
            Comparison::PriorYear => prior_range(days, compare, grain),
        })
    }
}

/// Whether any of these days lies between the first and the last observed one.
fn observed(release: &ReleaseInfo, days: DateRange) -> bool {
    release
        .observed
        .is_some_and(|(first, last)| days.from <= last && days.to >= first)
}

/// Whether all of these days do. Beside half-observed days a figure would show growth that nobody had.
fn observed_throughout(release: &ReleaseInfo, days: DateRange) -> bool {
    release
        .observed
        .is_some_and(|(first, last)| first <= days.from && days.to <= last)
}

/// Money comes with four decimals; where the last two say nothing it is written in cents.
fn tidy(value: Value, unit: Option<Unit>) -> Value {
    match (value, unit) {
        (Value::Int(0), Some(Unit::Usd)) => Value::Decimal(Decimal::new(0, 2)),
        (Value::Decimal(amount), Some(Unit::Usd)) => {
            let mut cents = amount.normalize();
            if cents.scale() < 2 {
                cents.rescale(2);
            }
            Value::Decimal(cents)
        }
        (Value::Decimal(amount), _) => Value::Decimal(amount.normalize()),
        (value, _) => value,
    }
}

fn quotient(numerator: Option<&Value>, denominator: Option<&Value>) -> Value {
    let parts = numerator
        .and_then(Value::decimal)
        .zip(denominator.and_then(Value::decimal));
    parts
        .and_then(|(over, under)| over.checked_div(under))
        .map_or(Value::Null, Value::Decimal)
}
