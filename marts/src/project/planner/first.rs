//! The first groups of many, where the order is cheap to figure and something else is not: distinct counts keep every
//! value of every group in memory, so they are counted for the groups that are shown and for no others.

use super::aggregate::{Part, Planning};
use super::groups::{Figures, Reading};
use crate::project::catalogue::Aggregation;
use crate::{Failure, Level};

/// The groups that are shown, with their keys.
const FIRST: &str = "first_groups";

impl Part<'_> {
    pub(super) fn is_cheap(&self) -> bool {
        self.measure.balance.is_none() && self.measure.aggregation != Aggregation::CountDistinct
    }
}

impl Planning<'_> {
    /// Whether the groups that are shown can be told without the distinct counts that are asked for.
    pub(super) fn lists_the_first_of_many(&self) -> bool {
        let Some(order) = &self.ask.order else {
            return false;
        };
        // A group that another fact alone knows is none of the ordering fact's.
        let reads_one_fact = self.sources().len() == 1;
        let is_dear = self.parts.iter().any(|part| !part.is_cheap());
        let thresholds = self.ask.having.iter().map(|threshold| &threshold.metric);
        let told_by = |name: &str| {
            let metric = self.catalogue.metric(super::ordering::metric_of(name)).ok();
            metric.is_some_and(|metric| {
                let parts = self.catalogue.parts(metric);
                let mut read = self
                    .parts
                    .iter()
                    .filter(|read| parts.iter().any(|part| part.name == read.metric.name));
                read.all(Part::is_cheap)
            })
        };
        self.ask.limit.is_some()
            && self.ask.grain.is_none()
            && !self.dimensions.is_empty()
            && reads_one_fact
            && is_dear
            && (self.keys().contains(&order.by) || told_by(&order.by))
            && thresholds.into_iter().all(|name| told_by(name))
    }

    /// One row per group that is shown.
    pub(super) fn first_groups(&mut self, selected: &[String]) -> Result<String, Failure> {
        let order = self.order()?.join(", ");
        let cheap = self.inner(Reading {
            figures: Figures::Cheap,
            ..Reading::GROUPS
        })?;
        let having = self.having()?;
        let keys: Vec<String> = self.keys().iter().map(|key| format!("t.{key}")).collect();
        let page = self.page();
        let figures = self.inner(Reading {
            level: Level::Group,
            figures: Figures::All,
            among: Some(("1 = 1", FIRST)),
        })?;
        Ok(format!(
            "WITH {FIRST} AS (SELECT {} FROM ({cheap}) AS t{having}\nORDER BY {order}{page})\n\
             SELECT {}\nFROM ({figures}) AS t\nORDER BY {order}",
            keys.join(", "),
            selected.join(", ")
        ))
    }
}
