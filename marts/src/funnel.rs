//! The stages that one thing goes through, and how far all of them came.
//!
//! A funnel's metrics are what enters, and then for each stage four: how many reached it, how many still can, the rate
//! from the stage before and the rate from the beginning, both of those whose time for it is over. Its dimensions, if it has
//! any, say for each of these stages whether a row has [`REACHED`] it or is still [`OPEN`] for it, and so lead to the rows.

use rust_decimal::Decimal;

use crate::{Aggregate, Frame, Panel, Unit, Value};

/// Metrics of each stage but the first.
pub const PER_STAGE: usize = 4;

/// What a stage's dimension says of a row that came to it, and of one that still can.
pub const REACHED: &str = "reached";
pub const OPEN: &str = "open";

/// How many stages come after the first one.
#[must_use]
pub fn later_stages(metrics: usize) -> usize {
    metrics.saturating_sub(1) / PER_STAGE
}

/// Whether so many metrics make a funnel.
#[must_use]
pub fn is_one(metrics: usize) -> bool {
    metrics > PER_STAGE && (metrics - 1).is_multiple_of(PER_STAGE)
}

/// One stage. Names of metrics are as the panel has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    pub metric: String,
    pub label: String,
    pub reached: Value,
    /// What came after the first stage.
    pub way: Option<Way>,
    /// Parts of what entered, between 0 and 1: those that reached it, and those that still can.
    pub share: Decimal,
    pub open_share: Decimal,
}

/// How a stage is come to from those before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Way {
    pub open: Value,
    pub open_metric: String,
    /// The dimension that tells of this stage, where the panel has one.
    pub status: Option<String>,
    /// Of those that came to the stage before and whose time for this one is over.
    pub step: Value,
    /// Of all that entered so long ago that their time for it is over.
    pub whole: Value,
}

/// All figures at once, each once.
#[must_use]
pub fn ask(panel: &Panel, base: Aggregate) -> Aggregate {
    let mut metrics: Vec<String> = Vec::new();
    for metric in &panel.metrics {
        if !metrics.contains(metric) {
            metrics.push(metric.clone());
        }
    }
    Aggregate {
        metrics,
        dimensions: Vec::new(),
        ..base
    }
}

/// The stages in their order; empty for a panel that is no funnel.
#[must_use]
pub fn stages(panel: &Panel, frame: &Frame) -> Vec<Stage> {
    let Some((first, rest)) = panel.metrics.split_first() else {
        return Vec::new();
    };
    if !is_one(panel.metrics.len()) {
        return Vec::new();
    }
    let value = |name: &str| frame.value(0, name).clone();
    let entered = value(first).decimal();
    let share = |value: &Value| {
        let part = value.decimal().zip(entered);
        part.and_then(|(part, all)| part.checked_div(all))
            .unwrap_or_default()
            .clamp(Decimal::ZERO, Decimal::ONE)
    };
    let stage = |metric: &str, way: Option<Way>| {
        let reached = value(metric);
        let (done, open) = (
            share(&reached),
            way.as_ref().map(|way| share(&way.open)).unwrap_or_default(),
        );
        Stage {
            metric: metric.to_owned(),
            label: label(frame, metric),
            reached,
            way,
            share: done,
            open_share: open.min(Decimal::ONE - done),
        }
    };
    let later = rest.chunks_exact(PER_STAGE).enumerate();
    let later = later.filter_map(|(at, chunk)| match chunk {
        [reached, open, step, whole] => Some(stage(
            reached,
            Some(Way {
                open: value(open),
                open_metric: open.clone(),
                status: panel.dimensions.get(at).cloned(),
                step: value(step),
                whole: value(whole),
            }),
        )),
        _ => None,
    });
    std::iter::once(stage(first, None)).chain(later).collect()
}

/// The unit of what goes through it.
#[must_use]
pub fn unit(panel: &Panel, frame: &Frame) -> Unit {
    let first = panel.metrics.first().and_then(|name| frame.column(name));
    first
        .and_then(|at| frame.columns.get(at))
        .map_or(Unit::Count, |column| column.unit)
}

fn label(frame: &Frame, metric: &str) -> String {
    let column = frame.column(metric).and_then(|at| frame.columns.get(at));
    column.map_or_else(|| metric.to_owned(), |column| column.label.clone())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::{Column, ColumnRole, PanelKind};

    fn frame(cells: &[(&str, Value)]) -> Frame {
        Frame {
            columns: cells
                .iter()
                .map(|(name, _)| Column {
                    name: (*name).to_owned(),
                    label: name.to_uppercase(),
                    unit: Unit::Count,
                    role: ColumnRole::Metric,
                })
                .collect(),
            rows: vec![cells.iter().map(|(_, value)| value.clone()).collect()],
            truncated: false,
        }
    }

    fn panel(metrics: &[&str]) -> Panel {
        Panel {
            kind: PanelKind::Funnel,
            metrics: metrics.iter().map(|&name| name.to_owned()).collect(),
            ..Panel::default()
        }
    }

    #[test]
    fn stages_come_in_fours_after_what_enters() {
        assert!([5, 9, 17].into_iter().all(is_one));
        assert!([0, 1, 2, 4, 6, 8].into_iter().all(|n| !is_one(n)));
    }

    #[test]
    fn shares_are_of_what_entered_and_never_of_more() {
        let frame = frame(&[
            ("sent", Value::Int(200)),
            ("clicked", Value::Int(80)),
            ("open", Value::Int(30)),
            ("step", Value::Decimal(Decimal::new(45, 2))),
            ("whole", Value::Null),
        ]);
        let stages = stages(
            &panel(&["sent", "clicked", "open", "step", "whole"]),
            &frame,
        );
        let shares: Vec<(String, String)> = stages
            .iter()
            .map(|stage| (stage.share.to_string(), stage.open_share.to_string()))
            .collect();
        assert_eq!(shares[0], ("1".to_owned(), "0".to_owned()));
        assert_eq!(shares[1], ("0.40".to_owned(), "0.15".to_owned()));
        assert_eq!(stages[1].label, "CLICKED");
        assert_eq!(stages[1].way.as_ref().unwrap().whole, Value::Null);
    }

    #[test]
    fn nothing_that_entered_leaves_no_share() {
        let frame = frame(&[("sent", Value::Null), ("clicked", Value::Int(3))]);
        let stages = stages(&panel(&["sent", "clicked", "a", "b", "c"]), &frame);
        assert!(stages.iter().all(|stage| stage.share.is_zero()));
        assert_eq!(super::stages(&panel(&["sent", "clicked"]), &frame), []);
    }
}
