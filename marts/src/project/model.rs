//! What the project holds once it is read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::check::Check;
use super::data_tests::DataTest;
use super::error::ProjectError;
use super::expectations::{Expectation, Freshness};
use super::jinja::{Jinja, Names, line_of};

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
    /// The folder it was read from.
    pub root: PathBuf,
    pub(super) inputs: Vec<(PathBuf, String)>,
    /// Those of the inputs that only check what is built.
    pub(super) test_inputs: BTreeSet<PathBuf>,
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
    /// Columns whose values an incremental run replaces together; they may name several rows.
    pub unique_key: Vec<String>,
    pub tags: BTreeSet<String>,
    /// With those of its hooks.
    pub refs: BTreeSet<String>,
    pub sources: BTreeSet<(String, String)>,
    /// Variables it reads.
    pub vars: BTreeSet<String>,
    pub description: String,
    /// Those that YAML describes; there may be more.
    pub columns: Vec<Column>,
    /// The file that declares [`Model::columns`] as an enforced contract: exactly these, of these types.
    pub enforced: Option<PathBuf>,
    /// What it does with rows of a kind.
    pub expectations: Vec<Expectation>,
    pub(super) text: String,
    /// What runs after it is built, before rendering.
    pub(super) post_hooks: Vec<String>,
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
    /// In dbt's words, such as `decimal(18,2)`; always there under an enforced contract.
    pub data_type: Option<String>,
    /// Says something about a person: it is shown in no sample.
    pub personal: bool,
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
    pub freshness: Option<Freshness>,
    pub columns: Vec<SourceColumn>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceColumn {
    pub name: String,
    /// A landing file without it fails the run.
    pub required: bool,
    /// Says something about a person: it is shown in no sample.
    pub personal: bool,
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
        let (model, this) = self.model_and_this(model, names)?;
        Ok(self
            .jinja
            .render(&model.file, &model.text, names, this, false)?
            .sql)
    }

    /// What runs after a model is built, in order; a hook that comes to nothing is left out.
    ///
    /// # Errors
    /// As [`Project::render`].
    pub fn render_hooks(
        &self,
        model: &str,
        names: &Arc<Names>,
    ) -> Result<Vec<String>, ProjectError> {
        let (model, this) = self.model_and_this(model, names)?;
        let hooks = model.post_hooks.iter().map(|hook| {
            self.jinja
                .render(&model.file, hook, names, this, false)
                .map(|rendered| rendered.sql)
                .map_err(|error| in_hook(error, &model.text))
        });
        hooks
            .filter(|hook| hook.as_ref().map_or(true, |sql| !sql.is_empty()))
            .collect()
    }

    fn model_and_this<'a>(
        &'a self,
        model: &'a str,
        names: &'a Names,
    ) -> Result<(&'a Model, &'a str), ProjectError> {
        let model = self.models.get(model).ok_or_else(|| {
            let message = format!("there is no model `{model}`");
            ProjectError::new("dbt_project.yml", None, message)
        })?;
        let this = names
            .relations
            .get(&model.name)
            .map_or(model.name.as_str(), String::as_str);
        Ok((model, this))
    }

    /// A test as a SELECT of the rows that fail it. `touched` is a relation with the rows of [`DataTest::on`] that the
    /// run wrote, where only those are to be looked at; a test that cannot be narrowed looks at all rows even so.
    ///
    /// # Errors
    /// As [`Project::render`].
    pub fn failing_rows(
        &self,
        test: &DataTest,
        names: &Arc<Names>,
        touched: Option<&str>,
    ) -> Result<String, ProjectError> {
        test.failing_rows(&self.jinja, names, &self.keys(&test.on), touched)
    }

    /// Names of columns that say something about a person, wherever they stand.
    #[must_use]
    pub fn personal_columns(&self) -> BTreeSet<String> {
        let of_sources = self.sources.iter().flat_map(|table| &table.columns);
        let of_models = self.models.values().flat_map(|model| &model.columns);
        of_sources
            .filter(|column| column.personal)
            .map(|column| column.name.to_ascii_lowercase())
            .chain(
                of_models
                    .filter(|column| column.personal)
                    .map(|column| column.name.to_ascii_lowercase()),
            )
            .collect()
    }

    /// Where a file of the project stands, within the project.
    #[must_use]
    pub fn place(&self, file: &Path, line: Option<usize>) -> String {
        let within = file.strip_prefix(&self.root).unwrap_or(file).display();
        line.map_or_else(|| within.to_string(), |line| format!("{within}:{line}"))
    }

    /// Columns that are tested to be unique: they name a row without saying anything about it.
    #[must_use]
    pub fn keys(&self, relation: &str) -> Vec<String> {
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

    /// Of [`Project::inputs`], those that decide what stands in the tables; the others only check them.
    pub fn building_inputs(&self) -> impl Iterator<Item = &(PathBuf, String)> {
        self.inputs
            .iter()
            .filter(|(path, _)| !self.test_inputs.contains(path))
    }
}

/// A mistake in a hook, with the line of the model's file that it stands on.
pub(super) fn in_hook(error: ProjectError, model: &str) -> ProjectError {
    let first = line_of(model, "post_hook").unwrap_or(1);
    ProjectError {
        line: Some(first + error.line.unwrap_or(1) - 1),
        ..error
    }
}
