//! Silver and gold, model by model.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use marts::project::{Materialized, Model, Names, Project, ProjectError};
use marts::{Failure, FailureKind};
use warehouse::{Builder, Merged, Relation, Schema};

use crate::bronze::BronzeFile;
use crate::plan::{Plan, Silver, follows_the_release};
use crate::report::{Action, ModelReport};
use crate::sources::{Part, Sources};
use crate::variables::Variables;
use crate::{PipelineError, Step, computed};

/// Where each model goes, checked before anything is built.
pub(crate) fn schemas(project: &Project) -> Result<BTreeMap<String, Schema>, ProjectError> {
    computed::check(project)?;
    let mut schemas = BTreeMap::new();
    for model in project.models.values() {
        let schema = match model.schema.as_str() {
            "silver" => Schema::Silver,
            "gold" => Schema::Gold,
            other => {
                let message = format!(
                    "schema `{other}` is not known; set `+schema` in dbt_project.yml, or config(schema=…), to silver or gold"
                );
                return Err(ProjectError::new(&model.file, None, message));
            }
        };
        schemas.insert(model.name.clone(), schema);
    }
    for model in project.models.values() {
        let gold = model
            .refs
            .iter()
            .find(|read| schemas.get(*read) == Some(&Schema::Gold));
        if let (Some(Schema::Silver), Some(gold)) = (schemas.get(&model.name), gold) {
            let message =
                format!("a silver model cannot read gold (`{gold}`): silver is made before it");
            return Err(ProjectError::new(&model.file, None, message));
        }
        if model.materialized == Materialized::View
            && schemas.get(&model.name) == Some(&Schema::Gold)
        {
            let message =
                "a gold model must be a table: a release is read without silver beside it";
            return Err(ProjectError::new(&model.file, None, message));
        }
    }
    Ok(schemas)
}

/// What a run needs at every model.
pub(crate) struct Site<'a> {
    pub project: &'a Project,
    pub schemas: &'a BTreeMap<String, Schema>,
    pub plan: &'a Plan,
    pub sources: Sources<'a>,
    /// What models that are built anew, and tests, are rendered with.
    pub names: Arc<Names>,
    /// What models that are carried on are rendered with.
    incremental: Arc<Names>,
}

/// What was built, and what that changed.
#[derive(Debug, Default)]
pub(crate) struct Models {
    pub reports: Vec<ModelReport>,
    pub changes: BTreeMap<String, Change>,
}

/// How a model's rows differ from those before the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    Nothing,
    /// The relations of the rows that were written and of those taken out, and what both came to.
    Rows {
        written: String,
        removed: String,
        merged: Merged,
    },
    /// It was built anew, or it is a view over something that changed.
    Whole,
}

impl Models {
    /// Models that lost rows, if only to others in their place: what others refer to may be gone.
    pub fn shrunk(&self) -> BTreeSet<String> {
        let models = self.changes.iter().filter(|(_, change)| match change {
            Change::Nothing => false,
            Change::Rows { merged, .. } => merged.deleted > 0,
            Change::Whole => true,
        });
        models.map(|(model, _)| model.clone()).collect()
    }
}

impl<'a> Site<'a> {
    /// Names bronze, loads seeds where silver is built in full.
    pub fn prepare(
        builder: &mut dyn Builder,
        project: &'a Project,
        schemas: &'a BTreeMap<String, Schema>,
        files: &'a [BronzeFile],
        closed: BTreeMap<&'static str, Vec<PathBuf>>,
        plan: &'a Plan,
        variables: &Variables,
    ) -> Result<Self, PipelineError> {
        let sources = Sources::name(builder, project, files, closed, plan.load_seq_before)?;
        let mut relations = BTreeMap::new();
        for seed in project.seeds.values() {
            let relation = Relation {
                schema: Schema::Silver,
                name: seed.name.clone(),
            };
            // A seed is part of what decides whether silver is built in full.
            if plan.silver == Silver::Full {
                builder.load_seed(&relation, &seed.file)?;
            }
            relations.insert(seed.name.clone(), builder.qualified(&relation));
        }
        for (name, schema) in schemas {
            relations.insert(name.clone(), builder.qualified(&relation(*schema, name)));
        }
        let names = Names {
            relations,
            sources: sources.names(Part::All),
            vars: variables.of_batch(&plan.checkpoint, plan.release_seq()),
            incremental: false,
        };
        let incremental = Names {
            sources: sources.names(Part::New),
            incremental: true,
            ..names.clone()
        };
        Ok(Self {
            project,
            schemas,
            plan,
            sources,
            names: Arc::new(names),
            incremental: Arc::new(incremental),
        })
    }

    /// Builds all models, silver first, which is committed with its checkpoint before gold is begun. `progress` is
    /// called on entering each step, and per model.
    pub fn build(
        &mut self,
        builder: &mut dyn Builder,
        progress: &dyn Fn(Step, u64, u64),
    ) -> Result<Models, PipelineError> {
        let mut built = Models::default();
        let mut changed = BTreeSet::new();
        for (schema, step) in [(Schema::Silver, Step::Silver), (Schema::Gold, Step::Gold)] {
            let models: Vec<&Model> = self
                .project
                .order
                .iter()
                .filter(|name| self.schemas.get(*name) == Some(&schema))
                .filter_map(|name| self.project.models.get(name))
                .collect();
            progress(step, 0, models.len() as u64);
            for (done, model) in models.iter().enumerate() {
                let (report, change) = self.model(builder, model, schema, &changed)?;
                tracing::debug!(?report, "built");
                if change != Change::Nothing {
                    changed.insert(model.name.clone());
                }
                built.changes.insert(model.name.clone(), change);
                built.reports.push(report);
                progress(step, done as u64 + 1, models.len() as u64);
            }
            if schema == Schema::Silver {
                if self.plan.silver != Silver::AsItIs {
                    builder.keep_checkpoint(&self.plan.checkpoint.text()?)?;
                }
                builder.commit_silver()?;
            }
        }
        Ok(built)
    }

    /// Model → the rows that were written into it since a release whose contracts held. A model whose rows are not
    /// known that way is not among them, such as one that was made anew.
    pub fn touched(&self, models: &Models) -> BTreeMap<String, String> {
        let rows = models.changes.iter().filter_map(|(model, change)| {
            if self.plan.silver_was_not_released()
                && self.schemas.get(model) == Some(&Schema::Silver)
            {
                return None;
            }
            let relation = match change {
                Change::Whole => return None,
                Change::Rows { written, .. } => written.clone(),
                Change::Nothing => {
                    format!(
                        "(select * from {} limit 0)",
                        self.names.relations.get(model)?
                    )
                }
            };
            Some((model.clone(), relation))
        });
        rows.collect()
    }

    fn model(
        &mut self,
        builder: &mut dyn Builder,
        model: &Model,
        schema: Schema,
        changed: &BTreeSet<String>,
    ) -> Result<(ModelReport, Change), PipelineError> {
        let started = std::time::Instant::now();
        let relation = relation(schema, &model.name);
        let mut action = self.plan.action(model, schema, changed);
        if action == Action::Delta && !builder.has_table(&relation)? {
            action = Action::Full;
        }
        let named = |failure: Failure| in_file(model, failure);
        let mut report = ModelReport {
            name: model.name.clone(),
            schema: model.schema.clone(),
            action,
            rows_touched: 0,
            rows_written: 0,
            rows_deleted: 0,
            rows: None,
            seconds: 0.0,
        };
        let change = match action {
            Action::Skipped => Change::Nothing,
            Action::View => {
                let sql = self.render(builder, model, false)?;
                builder.create_view(&relation, &sql).map_err(named)?;
                if self.plan.is_stale(model, schema, changed) {
                    Change::Whole
                } else {
                    Change::Nothing
                }
            }
            Action::Full => {
                let sql = self.render(builder, model, false)?;
                let rows = builder.create_table(&relation, &sql).map_err(named)?;
                (report.rows_touched, report.rows_written) = (rows, rows);
                for hook in self.project.render_hooks(&model.name, &self.names)? {
                    self.sources.make_for(builder, &hook)?;
                    let hooked = builder.run_hook(&relation, &hook).map_err(named)?;
                    report.rows_deleted += hooked.deleted;
                }
                if rows == 0 && follows_the_release(model) {
                    Change::Nothing
                } else {
                    Change::Whole
                }
            }
            Action::Delta => {
                let carried_on = model.materialized == Materialized::Incremental;
                let sql = self.render(builder, model, carried_on)?;
                let mut merged = if carried_on {
                    builder.merge(&relation, &sql, &model.unique_key)
                } else {
                    builder.replace(&relation, &sql)
                }
                .map_err(named)?;
                let names = if carried_on {
                    &self.incremental
                } else {
                    &self.names
                };
                for hook in self.project.render_hooks(&model.name, names)? {
                    self.sources.make_for(builder, &hook)?;
                    let hooked = builder.run_hook(&relation, &hook).map_err(named)?;
                    merged.touched += hooked.touched;
                    merged.deleted += hooked.deleted;
                    merged.checksum_delta += hooked.checksum_delta;
                }
                report.rows_touched = merged.touched;
                report.rows_written = merged.inserted;
                report.rows_deleted = merged.deleted;
                changed_rows(builder, &relation, merged)
            }
        };
        report.seconds = started.elapsed().as_secs_f64();
        Ok((report, change))
    }

    fn render(
        &mut self,
        builder: &mut dyn Builder,
        model: &Model,
        carried_on: bool,
    ) -> Result<String, PipelineError> {
        let names = if carried_on {
            &self.incremental
        } else {
            &self.names
        };
        let sql = self.project.render(&model.name, names)?;
        if computed::is_computed(model) {
            return computed::select(builder, model, names);
        }
        self.sources.make_for(builder, &sql)?;
        Ok(sql)
    }
}

fn changed_rows(builder: &mut dyn Builder, relation: &Relation, merged: Merged) -> Change {
    let rows = builder
        .delta_relation(relation)
        .zip(builder.removed_relation(relation));
    match rows {
        _ if merged.inserted + merged.deleted == 0 => Change::Nothing,
        Some((written, removed)) => Change::Rows {
            written,
            removed,
            merged,
        },
        None => Change::Whole,
    }
}

fn relation(schema: Schema, name: &str) -> Relation {
    Relation {
        schema,
        name: name.to_owned(),
    }
}

fn in_file(model: &Model, failure: Failure) -> PipelineError {
    match failure.kind {
        FailureKind::BadRequest => PipelineError::Engine {
            message: format!("{}: {}", model.file.display(), failure.message),
            detail: failure.detail,
        },
        _ => PipelineError::from(failure),
    }
}
