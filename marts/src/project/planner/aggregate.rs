//! Metrics over a range, by dimensions and by period, beside a comparison.

use std::collections::BTreeSet;

use super::{Bindings, Completion, MOST_FILTERS, Plan, bad};
use crate::filters::prior_range;
use crate::project::catalogue::{
    Catalogue, Dimension, METRIC_TIME, Measure, Metric, MetricKind, SemanticModel,
};
use crate::{Aggregate, Comparison, DateRange, Failure, Grain, RowPolicy, Statement};

const MOST_METRICS: usize = 20;
const MOST_DIMENSIONS: usize = 8;
const MOST_PERIODS: usize = 2_000;
pub(super) const MOST_ROWS: u32 = 100_000;

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
    pub policy: &'a RowPolicy,
    pub catalogue: &'a Catalogue,
    pub ask: &'a Aggregate,
    pub dimensions: Vec<&'a Dimension>,
    pub prior: Option<(Comparison, Grain, DateRange)>,
    pub parts: Vec<Part<'a>>,
    /// The tables that the release has; `None`: all that the catalogue names.
    pub relations: Option<&'a BTreeSet<String>>,
    pub bindings: Bindings,
}

pub(super) fn plan(
    catalogue: &Catalogue,
    policy: &RowPolicy,
    ask: &Aggregate,
    relations: Option<&BTreeSet<String>>,
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
        relations,
        bindings: Bindings::default(),
    };
    planning.collect_parts(&metrics);
    let tells_of_runs = planning.tells_of_runs()?;
    let answer = planning.columns(&metrics);
    let sql = if ask.other || ask.total {
        planning.levels(&answer.selected)?
    } else if planning.lists_the_first_of_many() {
        planning.first_groups(&answer.selected)?
    } else {
        planning.groups(&answer.selected)?
    };
    let mut statement = Statement::new(sql);
    statement.params = planning.bindings.params;
    statement.tags = vec![
        ("ask".into(), "aggregate".into()),
        ("metrics".into(), ask.metrics.join(",")),
        ("dimensions".into(), ask.dimensions.join(",")),
    ];
    Ok(Plan {
        statement,
        columns: answer.columns,
        completion: Completion::of(ask, prior, answer.cells, tells_of_runs),
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
    check_levels(ask)?;
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

fn check_levels(ask: &Aggregate) -> Result<(), Failure> {
    if ask.having.len() > MOST_FILTERS {
        return Err(bad(format!(
            "a question has at most {MOST_FILTERS} thresholds"
        )));
    }
    if ask.skip > MOST_ROWS {
        return Err(bad(format!(
            "pages end after {MOST_ROWS} groups; narrow the question down instead"
        )));
    }
    if (ask.other || ask.total) && ask.grain.is_some() {
        return Err(bad(
            "“other” and a total are figured for a whole range; ask for them without a grain",
        ));
    }
    if ask.other && (ask.limit.is_none() || ask.dimensions.is_empty()) {
        return Err(bad(
            "“other” is what a limit leaves out of a breakdown; ask for it with dimensions and a limit",
        ));
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
}
