//! Figures of cohorts: those that began in the same period. One that has not had its time has no figure, which is another
//! thing than a figure of 0.

use jiff::civil::Date;

use crate::{ColumnRole, Frame, Grain, Panel, PanelKind, Value, day_number, format};

/// One cohort, in the order of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohort {
    pub first: Date,
    /// "Week of Jan 5, 2026".
    pub name: String,
    /// The frame's row.
    pub row: usize,
    pub state: State,
    pub value: Value,
    /// The ends of its interval; `Null` where it has none.
    pub low: Value,
    pub high: Value,
}

/// What can be said of a cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Known,
    /// Too young; it is known on this day, if that is known.
    Immature(Option<Date>),
    /// There is nothing, and nothing will come.
    Nothing,
}

/// All cohorts of a panel.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cohorts {
    pub cohorts: Vec<Cohort>,
    /// The row of all cohorts together.
    pub whole: Option<usize>,
}

impl Cohorts {
    /// Reads the answer of a maturing panel or one of intervals.
    #[must_use]
    pub fn read(panel: &Panel, frame: &Frame, grain: Grain, business_date: Date) -> Self {
        let mut found = match panel.kind {
            PanelKind::Maturing => maturing(panel, frame, grain, business_date),
            _ => intervals(panel, frame, grain, business_date),
        };
        found.cohorts.sort_by_key(|cohort| cohort.first);
        found
    }

    /// The day on which the last of those that are too young is known.
    #[must_use]
    pub fn last_known_on(&self) -> Option<Date> {
        self.cohorts
            .iter()
            .filter_map(|cohort| match cohort.state {
                State::Immature(until) => until,
                State::Known | State::Nothing => None,
            })
            .max()
    }

    /// How many are too young.
    #[must_use]
    pub fn immature(&self) -> usize {
        let is_young = |cohort: &&Cohort| matches!(cohort.state, State::Immature(_));
        self.cohorts.iter().filter(is_young).count()
    }
}

fn maturing(panel: &Panel, frame: &Frame, grain: Grain, business_date: Date) -> Cohorts {
    let [rate, all, ..] = panel.metrics.as_slice() else {
        return Cohorts::default();
    };
    let Some(time) = at(frame, ColumnRole::Time) else {
        return Cohorts::default();
    };
    let counted = format!("{rate}__denominator");
    let cohort = |row: usize| {
        let Some(Value::Date(first)) = frame.rows.get(row)?.get(time) else {
            return None;
        };
        let all = frame.value(row, all).decimal().unwrap_or_default();
        let mature = frame.value(row, &counted).decimal().unwrap_or_default();
        let last = day_number::plus(grain.next(*first), -1);
        let days = panel.matures_in.and_then(|days| i32::try_from(days).ok());
        let until = days.map(|days| day_number::plus(last, days));
        let state = if all.is_zero() {
            State::Nothing
        } else if mature < all {
            State::Immature(until.filter(|day| *day > business_date))
        } else {
            State::Known
        };
        Some(Cohort {
            first: *first,
            name: format::period(*first, grain),
            row,
            state,
            value: match state {
                State::Known => frame.value(row, rate).clone(),
                State::Immature(_) | State::Nothing => Value::Null,
            },
            low: Value::Null,
            high: Value::Null,
        })
    };
    Cohorts {
        cohorts: (0..frame.rows.len()).filter_map(cohort).collect(),
        whole: None,
    }
}

fn intervals(panel: &Panel, frame: &Frame, grain: Grain, business_date: Date) -> Cohorts {
    let ([value, low, high, ..], [on, rest @ ..]) =
        (panel.metrics.as_slice(), panel.dimensions.as_slice())
    else {
        return Cohorts::default();
    };
    let mut found = Cohorts::default();
    for row in 0..frame.rows.len() {
        let Value::Date(on) = frame.value(row, on) else {
            found.whole = Some(row);
            continue;
        };
        let first = grain.first_day(*on);
        let days = rest
            .first()
            .and_then(|days| frame.value(row, days).decimal())
            .and_then(|days| i32::try_from(days).ok());
        let last = day_number::plus(grain.next(first), -1);
        let until = days
            .map(|days| day_number::plus(last, days))
            .filter(|day| *day > business_date && first == *on);
        let state = match (frame.value(row, value), until) {
            (Value::Null, None) => State::Nothing,
            (Value::Null, until) => State::Immature(until),
            _ => State::Known,
        };
        found.cohorts.push(Cohort {
            first,
            name: format::period(first, grain),
            row,
            state,
            value: frame.value(row, value).clone(),
            low: frame.value(row, low).clone(),
            high: frame.value(row, high).clone(),
        });
    }
    found
}

fn at(frame: &Frame, role: ColumnRole) -> Option<usize> {
    frame.columns.iter().position(|column| column.role == role)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::{Column, Unit};
    use jiff::civil::date;
    use rust_decimal::Decimal;

    fn column(name: &str, role: ColumnRole) -> Column {
        Column {
            name: name.to_owned(),
            label: name.to_owned(),
            unit: Unit::Number,
            role,
        }
    }

    fn strings(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn a_week_in_which_any_invite_is_too_young_has_no_rate() {
        let panel = Panel {
            kind: PanelKind::Maturing,
            metrics: strings(&["rate", "sent"]),
            matures_in: Some(44),
            ..Panel::default()
        };
        let row = |day, sent, mature, rate| {
            vec![Value::Date(day), rate, Value::Int(mature), Value::Int(sent)]
        };
        let rate = || Value::Decimal(Decimal::new(19, 2));
        let frame = Frame {
            columns: vec![
                column("metric_time", ColumnRole::Time),
                column("rate", ColumnRole::Metric),
                column("rate__denominator", ColumnRole::Part),
                column("sent", ColumnRole::Metric),
            ],
            rows: vec![
                row(date(2026, 10, 5), 26, 16, rate()),
                row(date(2026, 9, 28), 26, 26, rate()),
                row(date(2026, 10, 12), 0, 0, Value::Null),
            ],
            truncated: false,
        };
        let read = Cohorts::read(&panel, &frame, Grain::Week, date(2026, 11, 22));
        let states: Vec<State> = read.cohorts.iter().map(|cohort| cohort.state).collect();
        assert_eq!(
            states,
            [
                State::Known,
                State::Immature(Some(date(2026, 11, 24))),
                State::Nothing
            ]
        );
        // What some of it came to is not shown as what it comes to.
        assert_eq!(read.cohorts[1].value, Value::Null);
        assert_eq!(
            (read.immature(), read.last_known_on()),
            (1, Some(date(2026, 11, 24)))
        );
    }

    #[test]
    fn a_month_without_an_estimate_is_too_young_or_too_small() {
        let panel = Panel {
            kind: PanelKind::Intervals,
            metrics: strings(&["estimate", "low", "high"]),
            dimensions: strings(&["on", "days"]),
            ..Panel::default()
        };
        let number = |n: i64| Value::Decimal(Decimal::new(n, 2));
        let row = |on: Value, value: Value| {
            let ends = match value {
                Value::Null => [Value::Null, Value::Null],
                _ => [number(30), number(40)],
            };
            let [low, high] = ends;
            vec![on, Value::Int(60), value, low, high]
        };
        let frame = Frame {
            columns: vec![
                column("on", ColumnRole::Dimension),
                column("days", ColumnRole::Dimension),
                column("estimate", ColumnRole::Metric),
                column("low", ColumnRole::Metric),
                column("high", ColumnRole::Metric),
            ],
            rows: vec![
                row(Value::Date(date(2026, 10, 1)), Value::Null),
                row(Value::Null, number(35)),
                row(Value::Date(date(2026, 8, 1)), number(33)),
                row(Value::Date(date(2025, 1, 31)), Value::Null),
            ],
            truncated: false,
        };
        let read = Cohorts::read(&panel, &frame, Grain::Month, date(2026, 11, 22));
        assert_eq!(read.whole, Some(1));
        let states: Vec<(String, State)> = read
            .cohorts
            .iter()
            .map(|cohort| (cohort.name.clone(), cohort.state))
            .collect();
        assert_eq!(
            states,
            [
                ("Jan 2025".to_owned(), State::Nothing),
                ("Aug 2026".to_owned(), State::Known),
                (
                    "Oct 2026".to_owned(),
                    State::Immature(Some(date(2026, 12, 30)))
                )
            ]
        );
    }
}
