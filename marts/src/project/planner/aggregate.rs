//! Metrics over a range, by dimensions and by period, beside a comparison.

use super::measure::{aggregate, sql_type, zero};
use super::scan::Scan;
use super::{Bindings, Completion, MOST_FILTERS, Plan, bad};
use crate::filters::prior_range;
use crate::project::catalogue::{
    Catalogue, Dimension, METRIC_TIME, Measure, Metric, MetricKind, SemanticModel,
};
use crate::{Aggregate, Comparison, DateRange, Failure, Grain, RowPolicy, Statement};

const MOST_METRICS: usize = 20;
const MOST_DIMENSIONS: usize = 8;
const MOST_PERIODS: usize = 2_000;
const MOST_ROWS: u32 = 100_000;

/// The range a figure is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Current,
    Prior,
}

/// One sum or count of the statement: a part of a metric on one side.
pub(super) struct Part<'a> {
    pub metric: &'a Metric,
    pub model: &'a SemanticModel,
    pub measure: &'a Measure,
    pub side: Side,
    /// Its column in the inner SELECTs.
    pub name: String,
}

pub(super) struct Planning<'a> {
    policy: &'a RowPolicy,
    pub catalogue: &'a Catalogue,
    pub ask: &'a Aggregate,
    pub dimensions: Vec<&'a Dimension>,
    pub prior: Option<(Comparison, Grain, DateRange)>,
    parts: Vec<Part<'a>>,
    pub bindings: Bindings,
}

pub(super) fn plan(
    catalogue: &Catalogue,
    policy: &RowPolicy,
    ask: &Aggregate,
) -> Result<Plan, Failure> {
    check_size(ask)?;
    let metrics = ask
        .metrics
        .iter()
        .map(|name| catalogue.metric(name).map_err(bad))
        .collect::<Result<Vec<_>, _>>()?;
    let dimensions = ask
        .dimensions
        .iter()
        .map(|name| match name.as_str() {
            METRIC_TIME => Err(bad(format!(
                "`{METRIC_TIME}` is asked for by a grain: day, week, month, quarter or year"
            ))),
            _ => catalogue.dimension(name).map_err(bad),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let grain = ask.grain.or(ask.compare_grain).unwrap_or(Grain::Day);
    let prior = ask
        .compare
        .map(|compare| (compare, grain, prior_range(ask.range, compare, grain)));
    let mut planning = Planning {
        policy,
        catalogue,
        ask,
        dimensions,
        prior,
        parts: Vec::new(),
        bindings: Bindings::default(),
    };
    planning.collect_parts(&metrics);
    let tells_of_runs = planning.tells_of_runs()?;
    let (columns, cells, selected) = planning.columns(&metrics);
    let inner = planning.inner()?;
    let order = planning.order()?;
    let mut sql = format!("SELECT {}\nFROM ({inner}) AS t", selected.join(", "));
    if !order.is_empty() {
        sql.push_str("\nORDER BY ");
        sql.push_str(&order.join(", "));
    }
    if let Some(limit) = ask.limit {
        sql.push_str(&format!("\nLIMIT {}", limit.clamp(1, MOST_ROWS)));
    }
    let mut statement = Statement::new(sql);
    statement.params = planning.bindings.params;
    statement.tags = vec![
        ("ask".into(), "aggregate".into()),
        ("metrics".into(), ask.metrics.join(",")),
        ("dimensions".into(), ask.dimensions.join(",")),
    ];
    Ok(Plan {
        statement,
        columns,
        completion: Completion::of(ask, prior, cells, tells_of_runs),
    })
}

fn check_size(ask: &Aggregate) -> Result<(), Failure> {
    if ask.metrics.is_empty() {
        return Err(bad("a question needs at least one metric"));
    }
    for (names, most, what) in [
        (&ask.metrics, MOST_METRICS, "metrics"),
        (&ask.dimensions, MOST_DIMENSIONS, "dimensions"),
    ] {
        if names.len() > most {
            return Err(bad(format!(
                "a question has at most {most} {what}, this one has {}",
                names.len()
            )));
        }
        if let Some((at, name)) = names
            .iter()
            .enumerate()
            .find(|(at, name)| names[..*at].contains(name))
        {
            return Err(bad(format!(
                "`{name}` is asked for twice ({what} {} and earlier)",
                at + 1
            )));
        }
    }
    if ask.filters.len() > MOST_FILTERS {
        return Err(bad(format!(
            "a question has at most {MOST_FILTERS} filters"
        )));
    }
    let DateRange { from, to } = ask.range;
    if from > to {
        return Err(bad(format!(
            "the range ends on {to}, before it begins on {from}"
        )));
    }
    if let Some(grain) = ask.grain
        && ask.range.periods(grain).nth(MOST_PERIODS).is_some()
    {
        let grain = grain.slug();
        return Err(bad(format!(
            "{from} to {to} has more than {MOST_PERIODS} periods by {grain}; choose a coarser grain"
        )));
    }
    Ok(())
}

impl<'a> Planning<'a> {
    pub(super) fn sides(&self) -> &'static [Side] {
        if self.prior.is_some() {
            &[Side::Current, Side::Prior]
        } else {
            &[Side::Current]
        }
    }

    /// Each measure is read once per side, whichever metrics it is in.
    fn collect_parts(&mut self, metrics: &[&'a Metric]) {
        for metric in metrics
            .iter()
            .flat_map(|metric| self.catalogue.parts(metric))
        {
            let MetricKind::Simple { model, measure } = &metric.kind else {
                continue;
            };
            let Some(model) = self.catalogue.model(model) else {
                continue;
            };
            let Some(measure) = model.measures.get(measure) else {
                continue;
            };
            for &side in self.sides() {
                if self.part(metric, side).is_none() {
                    let name = format!("a{}", self.parts.len());
                    self.parts.push(Part {
                        metric,
                        model,
                        measure,
                        side,
                        name,
                    });
                }
            }
        }
    }

    /// Whether the question is about the pipeline's own records. They are kept apart from releases, and are not joined.
    fn tells_of_runs(&self) -> Result<bool, Failure> {
        let ops = self.parts.iter().filter(|part| part.model.is_ops()).count();
        if ops > 0 && ops < self.parts.len() {
            return Err(bad(
                "figures about runs and figures of a release cannot be asked for in one question; ask twice",
            ));
        }
        Ok(ops > 0)
    }

    pub(super) fn part(&self, metric: &Metric, side: Side) -> Option<&Part<'a>> {
        self.parts
            .iter()
            .find(|part| part.metric.name == metric.name && part.side == side)
    }

    /// One SELECT per fact and time it is counted at; several are laid over each other by their keys.
    fn inner(&mut self) -> Result<String, Failure> {
        let mut scans: Vec<(&SemanticModel, &str)> = Vec::new();
        for part in &self.parts {
            let source = (part.model, part.measure.time.as_str());
            if !scans
                .iter()
                .any(|(model, time)| model.name == source.0.name && *time == source.1)
            {
                scans.push(source);
            }
        }
        let several = scans.len() > 1;
        let selects = scans
            .into_iter()
            .map(|(model, time)| self.scan(model, time))
            .collect::<Result<Vec<_>, _>>()?;
        if !several {
            return Ok(selects.join(""));
        }
        let keys = self.keys();
        let mut columns = keys.clone();
        for part in &self.parts {
            let zero = zero(part.measure, part.metric.unit);
            columns.push(match zero {
                Some(zero) => format!("COALESCE(MAX({0}), {zero}) AS {0}", part.name),
                None => format!("MAX({0}) AS {0}", part.name),
            });
        }
        let group = if keys.is_empty() {
            String::new()
        } else {
            format!(" GROUP BY {}", keys.join(", "))
        };
        Ok(format!(
            "SELECT {} FROM ({}) AS u{group}",
            columns.join(", "),
            selects.join(" UNION ALL ")
        ))
    }

    fn keys(&self) -> Vec<String> {
        let time = self.ask.grain.map(|_| METRIC_TIME.to_owned());
        time.into_iter()
            .chain(self.dimensions.iter().map(|d| d.name.clone()))
            .collect()
    }

    fn scan(&mut self, model: &'a SemanticModel, time: &str) -> Result<String, Failure> {
        let mut scan = Scan::new(self.catalogue, model);
        let mut predicates = scan.policy(self.policy, &mut self.bindings)?;
        for filter in &self.ask.filters {
            predicates.push(scan.filter(filter, &mut self.bindings)?);
        }
        let mut columns = Vec::new();
        let mut groups = Vec::new();
        if self.ask.grain.is_some() {
            columns.push(format!("f.{METRIC_TIME} AS {METRIC_TIME}"));
            groups.push(format!("f.{METRIC_TIME}"));
        }
        for dimension in &self.dimensions {
            let reference = scan
                .dimension(dimension)
                .ok_or_else(|| scan.unreachable(dimension))?;
            columns.push(format!("{reference} AS {}", dimension.name));
            groups.push(reference);
        }
        for part in &self.parts {
            let mine = part.model.name == model.name && part.measure.time == time;
            columns.push(if mine {
                format!(
                    "{} AS {}",
                    aggregate(part, &mut scan, self.prior.is_some()),
                    part.name
                )
            } else {
                format!(
                    "CAST(NULL AS {}) AS {}",
                    sql_type(part.measure, part.metric.unit),
                    part.name
                )
            });
        }
        let day = model.times.get(time).map_or(time, String::as_str);
        let rows = self.rows(day);
        let mut sql = format!("SELECT {} {}", columns.join(", "), scan.from(&rows));
        if !predicates.is_empty() {
            sql.push_str(&format!(" WHERE {}", predicates.join(" AND ")));
        }
        if !groups.is_empty() {
            sql.push_str(&format!(" GROUP BY {}", groups.join(", ")));
        }
        Ok(sql)
    }

    /// What was asked for first, then time and dimensions, so that ties have one order.
    fn order(&self) -> Result<Vec<String>, Failure> {
        let keys = self.keys();
        let mut order = Vec::new();
        if let Some(wanted) = &self.ask.order {
            if !keys.contains(&wanted.by) && !self.ask.metrics.contains(&wanted.by) {
                return Err(bad(format!(
                    "an answer can be sorted by what is asked for: {}",
                    self.ask
                        .metrics
                        .iter()
                        .chain(&keys)
                        .map(String::as_str)
                        .collect::<Vec<_>>()
                        .join(", ")
                )));
            }
            order.push(format!(
                "{} {} NULLS LAST",
                wanted.by,
                if wanted.descending { "DESC" } else { "ASC" }
            ));
        }
        let by = self.ask.order.as_ref().map(|order| &order.by);
        order.extend(
            keys.iter()
                .filter(|key| Some(*key) != by)
                .map(|key| format!("{key} ASC NULLS LAST")),
        );
        Ok(order)
    }
}
