//! A share by the days since something began, with its interval and what a model gives for it.

use crate::{Aggregate, Frame, Order, Panel, Value};

/// One day of the curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Day {
    pub days: i64,
    pub estimate: Value,
    pub low: Value,
    pub high: Value,
    pub fitted: Value,
    pub at_risk: Value,
}

/// The first days, up to the panel's limit.
#[must_use]
pub fn ask(panel: &Panel, base: Aggregate) -> Aggregate {
    Aggregate {
        limit: Some(panel.rows().saturating_add(1)),
        order: panel.dimensions.first().map(|by| Order::ascending(by)),
        ..base
    }
}

/// The days in their order, each once.
#[must_use]
pub fn read(panel: &Panel, frame: &Frame) -> Vec<Day> {
    let ([estimate, low, high, fitted, at_risk], [on]) =
        (panel.metrics.as_slice(), panel.dimensions.as_slice())
    else {
        return Vec::new();
    };
    let mut days: Vec<Day> = (0..frame.rows.len())
        .filter_map(|row| {
            let cell = |name: &str| frame.value(row, name).clone();
            let days = i64::try_from(frame.value(row, on).decimal()?).ok()?;
            // A span that no life has is none.
            (0..=100_000).contains(&days).then(|| Day {
                days,
                estimate: cell(estimate),
                low: cell(low),
                high: cell(high),
                fitted: cell(fitted),
                at_risk: cell(at_risk),
            })
        })
        .collect();
    days.sort_by_key(|day| day.days);
    days.dedup_by_key(|day| day.days);
    days
}
