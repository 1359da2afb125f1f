//! Estimates with their intervals, chosen by name from a table that holds many.

use jiff::civil::Date;

use crate::{Frame, Panel, Value, format};

/// One estimate as it is shown. Figures that the release does not have are there without a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimated {
    pub label: String,
    pub says: String,
    /// `Null` where it is not known yet, or too little was observed.
    pub value: Value,
    pub low: Value,
    pub high: Value,
    /// How it was come to, in words; empty where that is not told.
    pub method: String,
    /// The day that it is of, where it is not of all.
    pub on: Option<Date>,
}

/// The panel's figures in their order; without any named, every row by its dimensions. Of several rows that a name fits,
/// the one for all cohorts, else the latest.
#[must_use]
pub fn read(panel: &Panel, frame: &Frame) -> Vec<Estimated> {
    let [value, low, high, ..] = panel.metrics.as_slice() else {
        return Vec::new();
    };
    let estimated = |row: Option<usize>, label: String, says: String, beside: &[String]| {
        let cell = |name: &str| row.map_or(Value::Null, |row| frame.value(row, name).clone());
        let beside: Vec<Value> = beside.iter().map(|name| cell(name)).collect();
        let words: Vec<String> = beside
            .iter()
            .filter_map(|value| match value {
                Value::Text(text) => Some(text.clone()),
                _ => None,
            })
            .collect();
        Estimated {
            label,
            says,
            value: cell(value),
            low: cell(low),
            high: cell(high),
            method: words.join(", "),
            on: beside.iter().find_map(|value| match value {
                Value::Date(day) => Some(*day),
                _ => None,
            }),
        }
    };
    if panel.figures.is_empty() {
        let name = |row: usize| {
            let names = panel.dimensions.iter();
            let names: Vec<String> = names
                .map(|name| format::dimension(frame.value(row, name)))
                .collect();
            names.join(", ")
        };
        return (0..frame.rows.len())
            .map(|row| estimated(Some(row), name(row), String::new(), &[]))
            .collect();
    }
    panel
        .figures
        .iter()
        .map(|figure| {
            let (own, beside) = panel
                .dimensions
                .split_at_checked(figure.of.len())
                .unwrap_or((panel.dimensions.as_slice(), &[]));
            let is_it = |row: &usize| {
                own.iter()
                    .zip(&figure.of)
                    .all(|(name, wanted)| named(frame.value(*row, name)) == *wanted)
            };
            let latest = |row: &usize| {
                let day = |name: &String| match frame.value(*row, name) {
                    Value::Date(day) => Some(*day),
                    _ => None,
                };
                let is_of_all = beside
                    .iter()
                    .any(|name| *frame.value(*row, name) == Value::Null);
                (is_of_all, beside.iter().filter_map(day).max())
            };
            let row = (0..frame.rows.len()).filter(is_it).max_by_key(latest);
            estimated(row, figure.label.clone(), figure.says.clone(), beside)
        })
        .collect()
}

/// A value as a file names it.
fn named(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        value => format::dimension(value),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::{Column, ColumnRole, NamedFigure, PanelKind, Unit};
    use jiff::civil::date;
    use rust_decimal::Decimal;

    #[test]
    fn a_name_finds_the_row_of_all_or_the_latest() {
        let names = ["measure", "days", "on", "method", "estimate", "low", "high"];
        let row = |measure: &str, days, on, n: Option<i64>| {
            let number = |n: i64| Value::Decimal(Decimal::new(n, 2));
            let of = |by: i64| n.map_or(Value::Null, |n| number(n + by));
            vec![
                Value::Text(measure.to_owned()),
                Value::Int(days),
                on,
                Value::Text("by hand".to_owned()),
                of(0),
                of(-3),
                of(3),
            ]
        };
        let frame = Frame {
            columns: names
                .iter()
                .zip(0..)
                .map(|(name, at)| Column {
                    name: (*name).to_owned(),
                    label: (*name).to_owned(),
                    unit: Unit::Number,
                    role: match at < 4 {
                        true => ColumnRole::Dimension,
                        false => ColumnRole::Metric,
                    },
                })
                .collect(),
            rows: vec![
                row("k", 60, Value::Date(date(2026, 1, 1)), Some(31)),
                row("k", 60, Value::Null, Some(35)),
                row("k", 30, Value::Null, Some(33)),
                row("r", 28, Value::Date(date(2026, 1, 31)), Some(20)),
                row("r", 28, Value::Date(date(2026, 2, 11)), Some(28)),
            ],
            truncated: false,
        };
        let of = |of: &[&str]| NamedFigure {
            of: of.iter().map(|&name| name.to_owned()).collect(),
            label: of.join(" "),
            says: String::new(),
        };
        let panel = Panel {
            kind: PanelKind::Estimates,
            metrics: names[4..].iter().map(|&name| name.to_owned()).collect(),
            dimensions: names[..4].iter().map(|&name| name.to_owned()).collect(),
            figures: vec![of(&["k", "60"]), of(&["r"]), of(&["nobody"])],
            ..Panel::default()
        };
        let found = read(&panel, &frame);
        assert_eq!(found[0].value, Value::Decimal(Decimal::new(35, 2)));
        assert_eq!((found[0].on, found[0].method.as_str()), (None, "by hand"));
        assert_eq!(found[1].on, Some(date(2026, 2, 11)));
        assert_eq!(found[2].value, Value::Null);
        let all = Panel {
            figures: Vec::new(),
            ..panel
        };
        assert_eq!(read(&all, &frame).len(), 5);
    }
}
