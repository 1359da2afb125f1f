//! Which table answers: the fact itself, or a smaller one made of it that holds all that is asked for.

use super::aggregate::{Part, Planning};
use super::scan::Scan;
use crate::RowPolicy;
use crate::project::catalogue::{AggregateTable, MetricKind, SemanticModel};

impl<'a> Planning<'a> {
    /// A scan of the model's rows for `parts`, over the first of its aggregates that fits and that the release has.
    pub(super) fn source(
        &self,
        model: &'a SemanticModel,
        time: &str,
        parts: &[&Part<'a>],
    ) -> Scan<'a> {
        let is_there = |table: &&AggregateTable| {
            self.relations
                .is_none_or(|relations| relations.contains(&table.relation))
        };
        let fitting = model
            .aggregates
            .iter()
            .filter(is_there)
            .find(|table| self.fits(table, model, time, parts));
        Scan::new(self.catalogue, model).over(fitting)
    }

    fn fits(
        &self,
        table: &AggregateTable,
        model: &SemanticModel,
        time: &str,
        parts: &[&Part<'a>],
    ) -> bool {
        let holds_measures = parts
            .iter()
            .filter(|part| part.model.name == model.name && part.measure.time == time)
            .all(|part| match &part.metric.kind {
                MetricKind::Simple { measure, .. } => table.measures.contains_key(measure),
                MetricKind::Ratio { .. } | MetricKind::Derived(_) => false,
            });
        let restricted: &[crate::Restriction] = match self.policy {
            RowPolicy::Unrestricted => &[],
            RowPolicy::Only(restrictions) => restrictions,
        };
        let asked = self
            .dimensions
            .iter()
            .map(|dimension| dimension.name.as_str());
        let filtered = self
            .ask
            .filters
            .iter()
            .map(|filter| filter.dimension.as_str());
        let narrowed = restricted.iter().map(|r| r.dimension.as_str());
        holds_measures
            && asked.chain(filtered).chain(narrowed).all(|name| {
                self.catalogue.dimension(name).is_ok_and(|dimension| {
                    match dimension.model == model.name {
                        true => table.dimensions.contains(&dimension.name),
                        false => {
                            table.entities.contains(&dimension.entity)
                                || table.joined.contains_key(&dimension.name)
                        }
                    }
                })
            })
    }
}
