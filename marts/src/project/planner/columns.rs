//! The columns of an answer: what each is for people, in SQL over the sums and counts, and to the completion.

use super::aggregate::{Part, Planning, Side};
use super::completion::Cell;
use super::measure::is_additive;
use crate::project::catalogue::{Formula, METRIC_TIME, Metric, MetricKind};
use crate::{Column, ColumnRole, Grain, LEVEL, Unit};

/// An answer's columns, how each is completed, and its SQL over the inner SELECT.
#[derive(Default)]
pub(super) struct Columns {
    pub columns: Vec<Column>,
    pub cells: Vec<Cell>,
    pub selected: Vec<String>,
}

impl Columns {
    fn add(
        &mut self,
        name: &str,
        label: &str,
        unit: Unit,
        role: ColumnRole,
        cell: Cell,
        sql: String,
    ) {
        self.columns.push(Column {
            name: name.to_owned(),
            label: label.to_owned(),
            unit,
            role,
        });
        self.cells.push(cell);
        self.selected.push(format!("{sql} AS {name}"));
    }
}

impl<'a> Planning<'a> {
    pub(super) fn columns(&self, metrics: &[&'a Metric]) -> Columns {
        let mut columns = Columns::default();
        if let Some(grain) = self.ask.grain {
            let label = match grain {
                Grain::Day => "Day",
                Grain::Week => "Week",
                Grain::Month => "Month",
                Grain::Quarter => "Quarter",
                Grain::Year => "Year",
            };
            columns.add(
                METRIC_TIME,
                label,
                Unit::None,
                ColumnRole::Time,
                Cell::Key,
                format!("t.{METRIC_TIME}"),
            );
        }
        for dimension in &self.dimensions {
            let sql = format!("t.{}", dimension.name);
            columns.add(
                &dimension.name,
                &dimension.label,
                Unit::None,
                ColumnRole::Dimension,
                Cell::Key,
                sql,
            );
        }
        for metric in metrics {
            for &side in self.sides() {
                self.metric_columns(&mut columns, metric, side);
            }
        }
        if self.ask.other || self.ask.total {
            // The statement itself says which level a row is of.
            columns.columns.push(Column {
                name: LEVEL.to_owned(),
                label: "Level".to_owned(),
                unit: Unit::None,
                role: ColumnRole::Level,
            });
            columns.cells.push(Cell::Key);
        }
        columns
    }

    fn metric_columns(&self, columns: &mut Columns, metric: &'a Metric, side: Side) {
        let is_prior = side == Side::Prior;
        let (suffix, role) = match side {
            Side::Current => ("", ColumnRole::Metric),
            Side::Prior => ("__prior", ColumnRole::Prior),
        };
        let labelled = |label: &str| match (side, self.prior) {
            (Side::Prior, Some((compare, ..))) => {
                format!("{label}, {}", compare.label().to_lowercase())
            }
            _ => label.to_owned(),
        };
        let name = format!("{}{suffix}", metric.name);
        let parts: Vec<&Part<'_>> = self
            .catalogue
            .parts(metric)
            .into_iter()
            .filter_map(|part| self.part(part, side))
            .collect();
        match (&metric.kind, parts.as_slice()) {
            (MetricKind::Simple { .. }, [part]) => {
                let cell = Cell::Amount {
                    zero: is_additive(part.measure),
                    is_prior,
                };
                columns.add(
                    &name,
                    &labelled(&metric.label),
                    metric.unit,
                    role,
                    cell,
                    format!("t.{}", part.name),
                );
            }
            (MetricKind::Ratio { .. }, [over, under]) => {
                // The engine's quotient is a DOUBLE: good enough to sort by, replaced by an exact one after.
                let sql = self.figure(metric, side);
                let at = columns.columns.len();
                let cell = Cell::Quotient {
                    numerator: at + 1,
                    denominator: at + 2,
                    is_prior,
                };
                columns.add(
                    &name,
                    &labelled(&metric.label),
                    metric.unit,
                    role,
                    cell,
                    sql,
                );
                let joint = if is_prior { "__prior_" } else { "__" };
                for (part, which) in [(over, "numerator"), (under, "denominator")] {
                    let cell = Cell::Amount {
                        zero: is_additive(part.measure),
                        is_prior,
                    };
                    let (label, unit) = (labelled(&part.metric.label), part.metric.unit);
                    let part_name = format!("{}{joint}{which}", metric.name);
                    columns.add(
                        &part_name,
                        &label,
                        unit,
                        ColumnRole::Part,
                        cell,
                        format!("t.{}", part.name),
                    );
                }
            }
            (MetricKind::Derived(formula), parts) => {
                let at = columns.columns.len();
                let place = |name: &String| {
                    let part = parts.iter().position(|part| part.metric.name == *name)?;
                    Some(Formula::Part(at + 1 + part))
                };
                // Each part of the arithmetic is among the parts.
                let Some(formula) = formula.substitute(&place) else {
                    return;
                };
                let sql = self.figure(metric, side);
                let cell = Cell::Derived { formula, is_prior };
                columns.add(
                    &name,
                    &labelled(&metric.label),
                    metric.unit,
                    role,
                    cell,
                    sql,
                );
                let joint = if is_prior { "__prior_" } else { "__" };
                for part in parts {
                    let cell = Cell::Amount {
                        zero: is_additive(part.measure),
                        is_prior,
                    };
                    columns.add(
                        &format!("{}{joint}{}", metric.name, part.metric.name),
                        &labelled(&part.metric.label),
                        part.metric.unit,
                        ColumnRole::Part,
                        cell,
                        format!("t.{}", part.name),
                    );
                }
            }
            _ => {}
        }
    }
}
