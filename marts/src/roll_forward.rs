//! A roll-forward: what stood at the beginning, the lines that changed it, and what stands at the end.
//!
//! A panel names its metrics in that order: the opening, the lines as they change it (what lowers it is negative), the
//! closing. A line's part that belongs to earlier periods is a metric of its own, named as the line with [`PRIOR`] behind.

use rust_decimal::Decimal;

use crate::bridge::{Step, StepKind};
use crate::{Frame, Unit, Value, Waterfall};

/// Ends the name of the metric of a line's part that took effect before the period it is posted in.
pub const PRIOR: &str = "_prior";

/// The metrics of a roll-forward by what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    pub opening: String,
    pub lines: Vec<Line>,
    pub closing: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub metric: String,
    pub prior: Option<String>,
}

impl Shape {
    /// Reads a panel's metrics.
    ///
    /// # Errors
    /// What is wrong with them, as the end of a sentence.
    pub fn read(metrics: &[String]) -> Result<Self, String> {
        let [opening, between @ .., closing] = metrics else {
            return Err("needs an opening, its lines and a closing".to_owned());
        };
        let mut lines: Vec<Line> = Vec::new();
        for metric in between {
            let of = metric
                .strip_suffix(PRIOR)
                .and_then(|stem| lines.iter_mut().find(|line| line.metric == stem));
            match of {
                Some(line) => line.prior = Some(metric.clone()),
                None if metric.ends_with(PRIOR) => {
                    return Err(format!(
                        "has `{metric}` without the line before it that it is a part of"
                    ));
                }
                None => lines.push(Line {
                    metric: metric.clone(),
                    prior: None,
                }),
            }
        }
        if lines.is_empty() {
            return Err("needs at least one line between its opening and its closing".to_owned());
        }
        Ok(Self {
            opening: opening.clone(),
            lines,
            closing: closing.clone(),
        })
    }

    /// The metrics of the parts that belong to earlier periods.
    pub fn priors(&self) -> impl Iterator<Item = &String> {
        self.lines.iter().filter_map(|line| line.prior.as_ref())
    }

    /// A figure of a row. What began later than the others had nothing when they opened, and what ended earlier has
    /// nothing left: where one balance is known, the other is 0 rather than unknown.
    #[must_use]
    pub fn value(&self, frame: &Frame, row: usize, metric: &str) -> Value {
        let other = match metric {
            _ if metric == self.opening => &self.closing,
            _ if metric == self.closing => &self.opening,
            _ => return frame.value(row, metric).clone(),
        };
        match (frame.value(row, metric), frame.value(row, other)) {
            (Value::Null, other) if other.decimal().is_some() => Value::Decimal(Decimal::ZERO),
            (value, _) => value.clone(),
        }
    }

    /// What the opening and all lines of a row come to; `None` where a figure is missing.
    #[must_use]
    pub fn reckoned(&self, frame: &Frame, row: usize) -> Option<Decimal> {
        let lines = self.lines.iter().map(|line| &line.metric);
        let mut all = std::iter::once(&self.opening)
            .chain(lines)
            .chain(self.priors());
        all.try_fold(Decimal::ZERO, |sum, metric| {
            sum.checked_add(self.value(frame, row, metric).decimal()?)
        })
    }

    /// From the opening to the closing of a row: each line of the row's own periods, then what
    /// belongs to earlier ones as one step. `None` where a figure is missing.
    #[must_use]
    pub fn waterfall(&self, frame: &Frame, row: usize, title: &str) -> Option<Waterfall> {
        let amount = |metric: &str| self.value(frame, row, metric).decimal();
        let column = |metric: &str| frame.columns.get(frame.column(metric)?);
        let label = |metric: &str| column(metric).map(|column| column.label.clone());
        let opening = amount(&self.opening)?;
        let balance = |label: String, amount| Step {
            label,
            kind: StepKind::Balance,
            from: Decimal::ZERO,
            amount,
        };
        let mut steps = vec![balance(label(&self.opening)?, opening)];
        let mut from = opening;
        let mut add = |label: String, amount: Decimal| {
            steps.push(Step {
                label,
                kind: StepKind::Change,
                from,
                amount,
            });
            from = from.saturating_add(amount);
        };
        for line in &self.lines {
            add(label(&line.metric)?, amount(&line.metric)?);
        }
        let prior = self.priors().try_fold(Decimal::ZERO, |sum, metric| {
            sum.checked_add(amount(metric)?)
        })?;
        if self.priors().next().is_some() {
            add("Prior periods".to_owned(), prior);
        }
        steps.push(balance(label(&self.closing)?, amount(&self.closing)?));
        Some(Waterfall {
            title: title.to_owned(),
            unit: column(&self.closing).map_or(Unit::Number, |column| column.unit),
            steps,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{Column, ColumnRole};

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn frame(metrics: &[String], amounts: &[i64]) -> Frame {
        Frame {
            columns: metrics
                .iter()
                .map(|name| Column {
                    name: name.clone(),
                    label: name.to_uppercase(),
                    unit: Unit::Usd,
                    role: ColumnRole::Metric,
                })
                .collect(),
            rows: vec![
                amounts
                    .iter()
                    .map(|cents| Value::Decimal(Decimal::new(*cents, 2)))
                    .collect(),
            ],
            truncated: false,
        }
    }

    #[test]
    fn lines_are_told_from_balances_and_prior_parts_from_lines() {
        let shape = Shape::read(&names(&["open", "in", "out", "out_prior", "close"])).unwrap();
        assert_eq!(
            (shape.opening.as_str(), shape.closing.as_str()),
            ("open", "close")
        );
        let lines: Vec<(&str, Option<&str>)> = shape
            .lines
            .iter()
            .map(|line| (line.metric.as_str(), line.prior.as_deref()))
            .collect();
        assert_eq!(lines, [("in", None), ("out", Some("out_prior"))]);
        for (wrong, says) in [
            (&["open"][..], "an opening, its lines and a closing"),
            (&["open", "close"], "at least one line"),
            (&["open", "in_prior", "close"], "without the line before it"),
        ] {
            let said = Shape::read(&names(wrong)).unwrap_err();
            assert!(said.contains(says), "{said}");
        }
    }

    #[test]
    fn steps_lead_from_the_opening_to_the_closing() {
        let metrics = names(&["open", "in", "out", "none", "out_prior", "close"]);
        let shape = Shape::read(&metrics).unwrap();
        let frame = frame(&metrics, &[10_000, 2_500, -1_000, 0, -50, 11_450]);
        assert_eq!(shape.reckoned(&frame, 0), Some(Decimal::new(11_450, 2)));
        let waterfall = shape.waterfall(&frame, 0, "What is owed").unwrap();
        assert_eq!(
            waterfall.summary(),
            "OPEN $100.00, IN +$25.00, OUT −$10.00, NONE $0.00, Prior periods −$0.50, CLOSE $114.50."
        );
        let ends: Vec<Decimal> = waterfall.steps.iter().map(|step| step.from).collect();
        assert_eq!(
            ends,
            [0, 10_000, 12_500, 11_500, 11_500, 0].map(|cents| Decimal::new(cents, 2))
        );
        // One that began later than the others opened with nothing; one of which nothing is known is not known.
        let mut later = frame.clone();
        later.rows[0][0] = Value::Null;
        assert_eq!(shape.reckoned(&later, 0), Some(Decimal::new(1_450, 2)));
        later.rows[0][5] = Value::Null;
        assert_eq!(shape.reckoned(&later, 0), None);
        let mut unknown = frame;
        unknown.rows[0][1] = Value::Null;
        assert_eq!(shape.waterfall(&unknown, 0, ""), None);
        assert_eq!(shape.reckoned(&unknown, 0), None);
    }
}
