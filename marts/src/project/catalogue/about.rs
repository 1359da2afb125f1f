//! The catalogue's metrics as pages are told of them.

use super::{Aggregation, Catalogue, Dimension, DimensionKind, Metric, MetricKind, SemanticModel};
use crate::{Adding, DimensionAbout, MetricAbout, Named};

impl Catalogue {
    /// All metrics of a release, by name; those about the pipeline's own records are left out.
    #[must_use]
    pub fn about(&self) -> Vec<MetricAbout> {
        self.metrics()
            .filter(|metric| !self.models_of(metric).iter().any(|model| model.is_ops()))
            .map(|metric| self.about_metric(metric))
            .collect()
    }

    fn about_metric(&self, metric: &Metric) -> MetricAbout {
        let models = self.models_of(metric);
        let mut tables: Vec<String> = models.iter().map(|model| model.relation.clone()).collect();
        tables.dedup();
        MetricAbout {
            name: metric.name.clone(),
            label: metric.label.clone(),
            description: metric.description.clone(),
            unit: metric.unit,
            adding: self.adding(metric),
            parts: match &metric.kind {
                MetricKind::Simple { .. } | MetricKind::Derived(_) => None,
                MetricKind::Ratio {
                    numerator,
                    denominator,
                } => Some((self.named(numerator), self.named(denominator))),
            },
            driver: metric.driver.as_deref().map(|driver| self.named(driver)),
            dimensions: self
                .dimensions()
                .filter(|dimension| {
                    dimension.kind == DimensionKind::Text && self.reaches(metric, dimension)
                })
                .filter(|dimension| {
                    metric
                        .driver
                        .as_ref()
                        .and_then(|driver| self.metrics.get(driver))
                        .is_none_or(|driver| self.reaches(driver, dimension))
                })
                .map(|dimension| DimensionAbout {
                    name: dimension.name.clone(),
                    label: dimension.label.clone(),
                    is_key: self.is_key(dimension),
                })
                .collect(),
            relies_on: match metric.contracts.is_empty() {
                true => tables,
                false => metric.contracts.clone(),
            },
            recorded_by: metric
                .recorded_by
                .clone()
                .unwrap_or_else(|| metric.name.clone()),
        }
    }

    fn named(&self, metric: &str) -> Named {
        Named {
            name: metric.to_owned(),
            label: self
                .metrics
                .get(metric)
                .map_or_else(|| metric.to_owned(), |metric| metric.label.clone()),
        }
    }

    fn models_of(&self, metric: &Metric) -> Vec<&SemanticModel> {
        self.parts(metric)
            .into_iter()
            .filter_map(|part| match &part.kind {
                MetricKind::Simple { model, .. } => self.model(model),
                MetricKind::Ratio { .. } | MetricKind::Derived(_) => None,
            })
            .collect()
    }

    fn adding(&self, metric: &Metric) -> Adding {
        match &metric.kind {
            MetricKind::Ratio { .. } => Adding::Ratio,
            MetricKind::Derived(_) => Adding::Never,
            MetricKind::Simple { model, measure } => {
                let measure = self.model(model).and_then(|m| m.measures.get(measure));
                // A balance is that of one day: over a range there is nothing to add.
                let added = measure.filter(|measure| measure.balance.is_none());
                match added.map(|measure| measure.aggregation) {
                    Some(Aggregation::Sum | Aggregation::Count) => Adding::Sum,
                    Some(Aggregation::CountDistinct) => Adding::Distinct,
                    Some(Aggregation::Min | Aggregation::Max) | None => Adding::Never,
                }
            }
        }
    }

    /// Whether the dimension is the key of its table.
    fn is_key(&self, dimension: &Dimension) -> bool {
        self.model(&dimension.model)
            .is_some_and(|model| model.primary.expr == dimension.expr)
    }
}
