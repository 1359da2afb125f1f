//! What can be asked for: metrics and dimensions, read from the project's dbt semantic models.
//!
//! Read from any `models/**/*.yml`, and from `ops/**/*.yml` for what is remembered of runs, which is no model of dbt's
//! and which its semantic models therefore cannot refer to: dbt 1.11's `semantic_models` (entities, dimensions, measures) and
//! `metrics` (`simple`, `ratio`). What dbt has no key for, a metric's unit, is in its `config.meta`.

mod about;
mod aggregates;
mod build;
mod formula;
mod metrics;
mod refused;
mod spec;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::{ProjectError, did_you_mean};
use crate::{Failure, Unit};

pub use formula::{Formula, Operator};

/// The name of the time that a metric is counted at, in questions and answers.
pub const METRIC_TIME: &str = "metric_time";

/// The folder, and the schema, of what is remembered of runs.
pub const OPS: &str = "ops";

/// Everything that can be asked for, checked for contradictions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogue {
    models: BTreeMap<String, SemanticModel>,
    metrics: BTreeMap<String, Metric>,
    /// By qualified name, such as `product__department`.
    dimensions: BTreeMap<String, Dimension>,
}

/// A gold table with its keys and what can be measured in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SemanticModel {
    pub name: String,
    /// The gold table, unqualified, or one of `ops`: `ops.pipeline_runs`.
    pub relation: String,
    /// The entity of which each row is one, and its column.
    pub primary: Entity,
    /// Entities that rows point to: rows of other tables, at most one per row here.
    pub foreign: Vec<Entity>,
    pub measures: BTreeMap<String, Measure>,
    /// Names of time dimensions of this model and their columns.
    pub times: BTreeMap<String, String>,
    /// Smaller tables that answer for this one where they hold all that is asked for, the smallest first.
    pub aggregates: Vec<AggregateTable>,
}

/// What a table made of a model's rows can stand in for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AggregateTable {
    /// The gold table, unqualified.
    pub relation: String,
    /// Foreign entities of the model whose keys it has kept.
    pub entities: Vec<String>,
    /// Own dimensions of the model, and its times, that it has kept, as qualified names: `purchase__retailer_id`.
    pub dimensions: Vec<String>,
    /// Dimensions of what the rows point to that the table has in columns of its own, and their SQL.
    pub joined: BTreeMap<String, String>,
    /// The model's measures over this table's columns.
    pub measures: BTreeMap<String, Measure>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    pub name: String,
    /// SQL over the model's columns.
    pub expr: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    Sum,
    Count,
    CountDistinct,
    Min,
    Max,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    pub aggregation: Aggregation,
    /// SQL over the model's columns.
    pub expr: String,
    /// Where that stands: `models/semantic/purchases.yml:57`.
    pub written: String,
    /// The time dimension of the model by which it is counted.
    pub time: String,
    /// It is a balance: not added up over this time.
    pub balance: Option<Balance>,
}

/// Of a balance only the rows of the last (or first) time count, in each period and for each of `groupings`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// SQL of the time over the model's columns.
    pub time: String,
    pub choice: WindowChoice,
    /// SQL of the entities for each of which the last time is looked for.
    pub groupings: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowChoice {
    First,
    Last,
}

/// Something rows can be grouped and filtered by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dimension {
    /// `product__department`.
    pub name: String,
    pub label: String,
    pub description: String,
    /// The entity it describes and the semantic model that knows it.
    pub entity: String,
    pub model: String,
    /// SQL over that model's columns.
    pub expr: String,
    /// Where that stands: `models/semantic/purchases.yml:57`.
    pub written: String,
    pub kind: DimensionKind,
}

/// What a dimension's values are, which decides how rows are sorted by them and how they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DimensionKind {
    Text,
    Date,
    /// UTC.
    Timestamp,
    Amount(Unit),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    pub name: String,
    pub label: String,
    pub description: String,
    pub unit: Unit,
    pub kind: MetricKind,
    /// A simple metric of how much there was to add up.
    pub driver: Option<String>,
    /// Contracts and tables that the metric's file names; its tables where it names none.
    pub contracts: Vec<String>,
    /// The metric whose rows tell whether this one was recorded at all; itself where none is named.
    pub recorded_by: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MetricKind {
    Simple {
        model: String,
        measure: String,
    },
    /// Of two simple metrics.
    Ratio {
        numerator: String,
        denominator: String,
    },
    /// Arithmetic over simple metrics.
    Derived(Formula),
}

impl MetricKind {
    /// As arithmetic over simple metrics; `name` is the metric's own.
    #[must_use]
    pub fn formula(&self, name: &str) -> Formula {
        match self {
            Self::Simple { .. } => Formula::Part(name.to_owned()),
            Self::Ratio {
                numerator,
                denominator,
            } => Formula::two(
                Formula::Part(numerator.clone()),
                Operator::Over,
                Formula::Part(denominator.clone()),
            ),
            Self::Derived(formula) => formula.clone(),
        }
    }
}

impl Catalogue {
    /// Reads all YAML files below `models/` of the project.
    ///
    /// # Errors
    /// A file that cannot be read, or a mistake in one: file, line and what was expected.
    pub fn read(project_dir: &Path) -> Result<Self, Failure> {
        let mut files = Vec::new();
        collect(project_dir, Path::new("models"), &mut files)
            .and_then(|()| match project_dir.join(OPS).is_dir() {
                true => collect(project_dir, Path::new(OPS), &mut files),
                false => Ok(()),
            })
            .and_then(|()| build::catalogue(&files))
            .map_err(|mistake| {
                Failure::internal(format!(
                    "The metrics cannot be read, so there are no figures. {mistake}"
                ))
            })
    }

    pub fn metrics(&self) -> impl Iterator<Item = &Metric> {
        self.metrics.values()
    }

    pub fn dimensions(&self) -> impl Iterator<Item = &Dimension> {
        self.dimensions.values()
    }

    pub fn models(&self) -> impl Iterator<Item = &SemanticModel> {
        self.models.values()
    }

    /// # Errors
    /// The sentence to show, with the nearest names.
    pub fn metric(&self, name: &str) -> Result<&Metric, String> {
        self.metrics.get(name).ok_or_else(|| {
            let near = did_you_mean(name, self.metrics.keys().map(String::as_str));
            format!("there is no metric `{}`{near}", shown(name))
        })
    }

    /// # Errors
    /// The sentence to show, with the nearest names.
    pub fn dimension(&self, name: &str) -> Result<&Dimension, String> {
        self.dimensions.get(name).ok_or_else(|| {
            let near = did_you_mean(name, self.dimensions.keys().map(String::as_str));
            format!("there is no dimension `{}`{near}", shown(name))
        })
    }

    pub(super) fn model(&self, name: &str) -> Option<&SemanticModel> {
        self.models.get(name)
    }

    /// # Errors
    /// The sentence to show, with the nearest names.
    pub fn relation(&self, name: &str) -> Result<&SemanticModel, String> {
        self.models.get(name).ok_or_else(|| {
            let near = did_you_mean(name, self.models.keys().map(String::as_str));
            format!("there is no table `{}`{near}", shown(name))
        })
    }

    /// The simple metrics a metric is made of, each once.
    pub(super) fn parts<'a>(&'a self, metric: &'a Metric) -> Vec<&'a Metric> {
        let mut parts: Vec<&Metric> = Vec::new();
        for name in metric.kind.formula(&metric.name).parts() {
            let part = self.metrics.get(name);
            parts.extend(part.filter(|part| !parts.iter().any(|p| p.name == part.name)));
        }
        parts
    }
}

impl Catalogue {
    /// Whether a simple metric counts records of runs, not what is in a release.
    #[cfg(test)]
    pub(super) fn tells_of_runs(&self, metric: &Metric) -> bool {
        match &metric.kind {
            MetricKind::Simple { model, .. } => {
                self.model(model).is_some_and(SemanticModel::is_ops)
            }
            MetricKind::Ratio { .. } | MetricKind::Derived(_) => false,
        }
    }

    /// Whether the metric is made of rows of this table and of no other.
    #[must_use]
    pub fn counts(&self, metric: &Metric, table: &SemanticModel) -> bool {
        self.parts(metric).into_iter().all(
            |part| matches!(&part.kind, MetricKind::Simple { model, .. } if *model == table.name),
        )
    }

    /// Whether every table the metric is counted in leads to the dimension.
    #[must_use]
    pub fn reaches(&self, metric: &Metric, dimension: &Dimension) -> bool {
        self.parts(metric).into_iter().all(|part| match &part.kind {
            MetricKind::Simple { model, .. } => self
                .model(model)
                .is_some_and(|model| model.reaches(dimension)),
            MetricKind::Ratio { .. } | MetricKind::Derived(_) => false,
        })
    }
}

impl SemanticModel {
    /// Whether its rows tell of the pipeline, and belong to nobody whom a row policy could name.
    #[must_use]
    pub fn is_ops(&self) -> bool {
        self.relation
            .strip_prefix(OPS)
            .is_some_and(|rest| rest.starts_with('.'))
    }

    /// Whether the dimension is this table's own, or an entity leads to it.
    #[must_use]
    pub fn reaches(&self, dimension: &Dimension) -> bool {
        dimension.model == self.name
            || self
                .foreign
                .iter()
                .any(|entity| entity.name == dimension.entity)
    }
}

/// A name from outside, short enough for a sentence.
fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(60).collect()
}

/// Reads the YAML files below `folder` in a fixed order; paths stay relative to the project.
fn collect(
    project_dir: &Path,
    folder: &Path,
    files: &mut Vec<(PathBuf, String)>,
) -> Result<(), ProjectError> {
    let entries = std::fs::read_dir(project_dir.join(folder))
        .map_err(|error| ProjectError::io(folder, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| ProjectError::io(folder, &error))?;
        paths.push(folder.join(entry.file_name()));
    }
    paths.sort();
    for path in paths {
        let full = project_dir.join(&path);
        if full.is_dir() {
            collect(project_dir, &path, files)?;
        } else if path.extension().is_some_and(|e| e == "yml" || e == "yaml") {
            let text =
                std::fs::read_to_string(&full).map_err(|error| ProjectError::io(&path, &error))?;
            files.push((path, text));
        }
    }
    Ok(())
}
