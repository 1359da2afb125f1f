//! What the project holds once it is read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::data_tests::{Check, DataTest};
use super::error::ProjectError;
use super::jinja::{Jinja, Names};

/// The dbt project without its metrics and dashboards.
#[derive(Debug, Clone)]
pub struct Project {
    pub name: String,
    /// As `dbt_project.yml` gives them; a run may set more, or others.
    pub vars: BTreeMap<String, serde_json::Value>,
    pub models: BTreeMap<String, Model>,
    pub seeds: BTreeMap<String, Seed>,
    pub sources: Vec<SourceTable>,
    pub tests: Vec<DataTest>,
    /// Models, each after all it reads.
    pub order: Vec<String>,
    pub(super) inputs: Vec<(PathBuf, String)>,
    pub(super) jinja: Jinja,
}

/// One model: a SELECT in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    pub name: String,
    pub file: PathBuf,
    /// `silver` or `gold`, from `config(schema=…)` or the folder's `+schema`.
    pub schema: String,
    pub materialized: Materialized,
    pub refs: BTreeSet<String>,
    pub sources: BTreeSet<(String, String)>,
    pub description: String,
    /// Those that YAML describes; there may be more.
    pub columns: Vec<Column>,
    pub(super) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Materialized {
    View,
    Table,
    Incremental,
}

/// A described column and where its description stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub description: String,
    pub file: PathBuf,
    pub line: Option<usize>,
}

/// A CSV file of the project's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    pub name: String,
    pub file: PathBuf,
}

/// A table of a source: `bronze.purchases`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceTable {
    pub source: String,
    pub table: String,
    /// Landing may be without it: it then has no rows.
    pub optional: bool,
    pub columns: Vec<SourceColumn>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceColumn {
    pub name: String,
    /// A landing file without it fails the run.
    pub required: bool,
    /// What silver casts it to, such as `decimal(18,2)`; text where nothing is said. A typed file (Parquet) whose
    /// type cannot hold that exactly fails the run.
    pub data_type: Option<String>,
}

impl Project {
    /// A model's SQL for a run in which `names` stand for relations. `this` is the model's own relation.
    ///
    /// # Errors
    /// An unknown model, or Jinja that cannot be rendered with these names (a variable without a value).
    pub fn render(&self, model: &str, names: &Arc<Names>) -> Result<String, ProjectError> {
        let model = self.models.get(model).ok_or_else(|| {
            ProjectError::new(
                "dbt_project.yml",
                None,
                format!("there is no model `{model}`"),
            )
        })?;
        let this = names
            .relations
            .get(&model.name)
            .map_or(model.name.as_str(), String::as_str);
        Ok(self
            .jinja
            .render(&model.file, &model.text, names, this, false)?
            .sql)
    }

    /// A test as a SELECT of the rows that fail it.
    ///
    /// # Errors
    /// As [`Project::render`].
    pub fn failing_rows(
        &self,
        test: &DataTest,
        names: &Arc<Names>,
    ) -> Result<String, ProjectError> {
        test.failing_rows(&self.jinja, names, &self.keys(&test.on))
    }

    /// Columns that are tested to be unique: they name a row without saying anything about it.
    fn keys(&self, relation: &str) -> Vec<String> {
        self.tests
            .iter()
            .filter(|test| test.on == relation)
            .filter_map(|test| match &test.check {
                Check::Unique { column } => Some(column.clone()),
                _ => None,
            })
            .collect()
    }

    /// Every file that decides what a build makes, by its path within the project, in path order.
    #[must_use]
    pub fn inputs(&self) -> &[(PathBuf, String)] {
        &self.inputs
    }
}
