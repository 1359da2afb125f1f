//! How a metric is counted, and what a table is built from, by the names in the project's files.

use std::collections::BTreeSet;

use super::catalogue::{Aggregation, Catalogue, Metric, MetricKind};
use super::model::Project;
use crate::{Formula, Origin};

impl Catalogue {
    /// The metric in words and names of columns.
    #[must_use]
    pub fn formula(&self, metric: &Metric) -> Formula {
        let parts: Vec<Formula> = match &metric.kind {
            MetricKind::Simple { .. } => Vec::new(),
            _ => self
                .parts(metric)
                .into_iter()
                .map(|part| self.formula(part))
                .collect(),
        };
        let formula = match &metric.kind {
            MetricKind::Simple { model, measure } => self.counted(model, measure),
            MetricKind::Ratio { .. } => parts
                .iter()
                .map(|part| part.label.clone())
                .collect::<Vec<_>>()
                .join(" ÷ "),
            MetricKind::Derived(formula) => formula.words(&|part: &String| {
                let part = parts.iter().find(|known| known.name == *part);
                part.map_or_else(String::new, |known| known.label.clone())
            }),
        };
        Formula {
            name: metric.name.clone(),
            label: metric.label.clone(),
            description: metric.description.clone(),
            unit: metric.unit,
            formula,
            parts,
        }
    }

    fn counted(&self, model: &str, measure: &str) -> String {
        let Some(model) = self.model(model) else {
            return String::new();
        };
        let Some(measure) = model.measures.get(measure) else {
            return String::new();
        };
        let expr = &measure.expr;
        let counted = match measure.aggregation {
            Aggregation::Sum if expr == "1" => "number of rows".to_owned(),
            Aggregation::Sum => format!("sum of {expr}"),
            Aggregation::Count => format!("number of rows with {expr}"),
            Aggregation::CountDistinct => format!("number of different {expr}"),
            Aggregation::Min => format!("smallest {expr}"),
            Aggregation::Max => format!("largest {expr}"),
        };
        format!("{counted} in {}, by {}", model.relation, measure.time)
    }

    /// The relations of semantic models, and of their aggregates, that are named in `sql`, each once.
    #[must_use]
    pub fn relations_in(&self, sql: &str) -> Vec<String> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        let words: BTreeSet<&str> = sql.split(|c: char| !is_part(c)).collect();
        let is_named = |name: &str| {
            words.iter().any(|word| {
                *word == name || word.rsplit_once('.').is_some_and(|(_, last)| last == name)
            })
        };
        let named: BTreeSet<String> = self
            .models()
            .flat_map(|model| {
                let aggregates = model.aggregates.iter().map(|table| &table.relation);
                std::iter::once(&model.relation).chain(aggregates)
            })
            .filter(|name| is_named(name))
            .cloned()
            .collect();
        named.into_iter().collect()
    }
}

impl Project {
    /// Everything that `table` is built from; nothing for a table that no model makes.
    #[must_use]
    pub fn origin(&self, table: &str) -> Origin {
        let mut origin = Origin {
            table: table.to_owned(),
            description: self
                .models
                .get(table)
                .map(|model| model.description.clone())
                .unwrap_or_default(),
            gold: Vec::new(),
            silver: Vec::new(),
            sources: Vec::new(),
        };
        let mut seen: BTreeSet<&str> = BTreeSet::from([table]);
        let mut sources = BTreeSet::new();
        let mut next: Vec<&str> = vec![table];
        while let Some(model) = next.pop().and_then(|name| self.models.get(name)) {
            for (source, table) in &model.sources {
                sources.insert(format!("{source}.{table}"));
            }
            for read in &model.refs {
                if !seen.insert(read) {
                    continue;
                }
                match self.models.get(read).map(|model| model.schema.as_str()) {
                    Some("gold") => origin.gold.push(read.clone()),
                    _ => origin.silver.push(read.clone()),
                }
                if self.models.contains_key(read) {
                    next.push(read);
                }
            }
        }
        origin.gold.sort();
        origin.silver.sort();
        origin.sources = sources.into_iter().collect();
        origin
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::path::Path;

    use super::*;

    fn project() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    #[test]
    fn every_metric_says_how_it_is_counted() {
        let catalogue = Catalogue::read(project()).unwrap();
        for metric in catalogue.metrics() {
            let formula = catalogue.formula(metric);
            assert!(!formula.formula.is_empty(), "{}", metric.name);
        }
        let ratio = catalogue.formula(catalogue.metric("average_basket").unwrap());
        assert_eq!(ratio.parts.len(), 2, "{ratio:?}");
        assert!(ratio.formula.contains(" ÷ "), "{ratio:?}");
    }

    #[test]
    fn a_table_is_followed_to_its_sources() {
        let origin = Project::read(project()).unwrap().origin("fct_purchase");
        assert!(
            !origin.silver.is_empty() && !origin.sources.is_empty(),
            "{origin:?}"
        );
        assert!(
            origin
                .sources
                .iter()
                .any(|source| source.ends_with("purchases")),
            "{origin:?}"
        );
        assert!(
            Project::read(project())
                .unwrap()
                .origin("nothing")
                .sources
                .is_empty()
        );
    }

    #[test]
    fn tables_are_found_by_whole_names() {
        let catalogue = Catalogue::read(project()).unwrap();
        assert_eq!(
            catalogue.relations_in("select 1 from gold.fct_purchase as f"),
            ["fct_purchase"]
        );
        assert_eq!(
            catalogue.relations_in("select 1 from agg_purchase_shelf as f"),
            ["agg_purchase_shelf"]
        );
        assert_eq!(
            catalogue.relations_in("select fct_purchases from x_fct_purchase"),
            Vec::<String>::new()
        );
    }
}
