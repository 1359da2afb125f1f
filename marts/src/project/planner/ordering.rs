//! Which groups are kept by their figures, and in which order they come.

use super::aggregate::{Planning, Side};
use super::bad;
use super::measure::sql_type;
use crate::project::catalogue::{Metric, MetricKind};
use crate::{Failure, Param, Threshold};

/// Behind a metric's name, in what rows are sorted by.
const CHANGE: &str = "__change";
const CHANGE_PERCENT: &str = "__change_percent";

/// The metric whose figure, or whose change, rows are sorted by.
pub(super) fn metric_of(by: &str) -> &str {
    by.strip_suffix(CHANGE_PERCENT)
        .or_else(|| by.strip_suffix(CHANGE))
        .unwrap_or(by)
}

impl<'a> Planning<'a> {
    /// What was asked for first, then time and dimensions, so that ties have one order; over the inner SELECT `t`.
    pub(super) fn order(&self) -> Result<Vec<String>, Failure> {
        let keys = self.keys();
        let mut order = Vec::new();
        if let Some(wanted) = &self.ask.order {
            let sql = if keys.contains(&wanted.by) {
                format!("t.{}", wanted.by)
            } else {
                self.sorted_by(&wanted.by)?
            };
            let way = if wanted.descending { "DESC" } else { "ASC" };
            order.push(format!("{sql} {way} NULLS LAST"));
        }
        let by = self.ask.order.as_ref().map(|order| &order.by);
        order.extend(
            keys.iter()
                .filter(|key| Some(*key) != by)
                .map(|key| format!("t.{key} ASC NULLS LAST")),
        );
        Ok(order)
    }

    fn sorted_by(&self, by: &str) -> Result<String, Failure> {
        let (name, change) = match by.strip_suffix(CHANGE_PERCENT) {
            Some(name) => (name, Some(CHANGE_PERCENT)),
            None => match by.strip_suffix(CHANGE) {
                Some(name) => (name, Some(CHANGE)),
                None => (by, None),
            },
        };
        if !self.ask.metrics.iter().any(|metric| metric == name) {
            let mut known: Vec<&str> = self.ask.metrics.iter().map(String::as_str).collect();
            let keys = self.keys();
            known.extend(keys.iter().map(String::as_str));
            return Err(bad(format!(
                "an answer can be sorted by what is asked for: {}",
                known.join(", ")
            )));
        }
        let metric = self.catalogue.metric(name).map_err(bad)?;
        let now = self.figure(metric, Side::Current);
        let Some(change) = change else {
            return Ok(now);
        };
        if self.prior.is_none() {
            return Err(bad(format!(
                "`{by}` needs a comparison, and this question has none"
            )));
        }
        let before = self.figure(metric, Side::Prior);
        Ok(if change == CHANGE {
            format!("{now} - {before}")
        } else {
            format!("CAST({now} - {before} AS DOUBLE) / NULLIF(ABS(CAST({before} AS DOUBLE)), 0)")
        })
    }

    /// A metric on one side, over the inner SELECT: exact for a simple one, for others a DOUBLE that sorts.
    pub(super) fn figure(&self, metric: &Metric, side: Side) -> String {
        let column = |name: &String| {
            let part = self.catalogue.metric(name).ok();
            let part = part.and_then(|part| self.part(part, side));
            part.map_or("NULL".to_owned(), |part| format!("t.{}", part.name))
        };
        match &metric.kind {
            MetricKind::Simple { .. } => column(&metric.name),
            MetricKind::Ratio {
                numerator,
                denominator,
            } => format!(
                "CAST({} AS DOUBLE) / NULLIF({}, 0)",
                column(numerator),
                column(denominator)
            ),
            MetricKind::Derived(formula) => formula.sql(&column),
        }
    }

    /// The WHERE clause over the inner SELECT; nothing without thresholds.
    pub(super) fn having(&mut self) -> Result<String, Failure> {
        let mut predicates = Vec::new();
        for Threshold {
            metric,
            at_least,
            at_most,
        } in &self.ask.having
        {
            if !self.ask.metrics.contains(metric) {
                return Err(bad(format!(
                    "a threshold is set on what is asked for: {}",
                    self.ask.metrics.join(", ")
                )));
            }
            let metric = self.catalogue.metric(metric).map_err(bad)?;
            for (bound, sign) in [(at_least, ">="), (at_most, "<=")] {
                let Some(bound) = bound else { continue };
                let name = format!("bound{}", self.bindings.params.len());
                let bound = self.bindings.named(&name, Param::Text(bound.to_string()));
                predicates.push(self.beyond(metric, sign, &bound));
            }
        }
        if predicates.is_empty() {
            return Ok(String::new());
        }
        Ok(format!(" WHERE {}", predicates.join(" AND ")))
    }

    fn beyond(&self, metric: &Metric, sign: &str, bound: &str) -> String {
        let part = |name: &str| {
            let part = self.catalogue.metric(name).ok();
            part.and_then(|part| self.part(part, Side::Current))
        };
        match &metric.kind {
            MetricKind::Simple { .. } => {
                let sql_type = part(&metric.name)
                    .map_or("DECIMAL(38, 6)", |part| sql_type(part.measure, metric.unit));
                // A whole number is compared with a bound that need not be one.
                let sql_type = if sql_type == "BIGINT" {
                    "DECIMAL(38, 6)"
                } else {
                    sql_type
                };
                format!(
                    "{} {sign} CAST({bound} AS {sql_type})",
                    self.figure(metric, Side::Current)
                )
            }
            // A quotient would be rounded, a product is not.
            MetricKind::Ratio {
                numerator,
                denominator,
            } => match (part(numerator), part(denominator)) {
                (Some(over), Some(under)) => {
                    let bound = format!("CAST({bound} AS DECIMAL(18, 6))");
                    let under = format!("t.{}", under.name);
                    let turned = if sign == ">=" { "<=" } else { ">=" };
                    let over = format!("t.{}", over.name);
                    format!(
                        "(({under} > 0 AND {over} {sign} {bound} * {under}) OR ({under} < 0 AND {over} {turned} {bound} * {under}))"
                    )
                }
                _ => "1 = 0".to_owned(),
            },
            MetricKind::Derived(_) => format!(
                "{} {sign} CAST({bound} AS DOUBLE)",
                self.figure(metric, Side::Current)
            ),
        }
    }
}
