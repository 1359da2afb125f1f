//! Which table answers: the fact itself, or a smaller one made of it that holds all that is asked for.

use super::aggregate::Planning;
use super::scan::Scan;
use crate::RowPolicy;
use crate::project::catalogue::{AggregateTable, MetricKind, SemanticModel};

impl<'a> Planning<'a> {
    /// A scan of the model's rows, over the first of its aggregates that fits.
    pub(super) fn source(&self, model: &'a SemanticModel, time: &str) -> Scan<'a> {
        let fitting = model
            .aggregates
            .iter()
            .find(|table| self.fits(table, model, time));
        Scan::new(self.catalogue, model).over(fitting)
    }

    fn fits(&self, table: &AggregateTable, model: &SemanticModel, time: &str) -> bool {
        let holds_measures = self
            .parts
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
                        false => table.entities.contains(&dimension.entity),
                    }
                })
            })
    }
}
