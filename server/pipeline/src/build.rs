//! Silver and gold, model by model, and what the release then holds.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::RecordBatch;
use jiff::civil::Date;
use marts::project::{Materialized, Model, Names, Project, ProjectError};
use marts::{FailureKind, Statement};
use warehouse::{Builder, Relation, Schema, TableSummary};

use crate::bronze::BronzeFile;
use crate::{PipelineError, Step, sample};

/// Columns that differ from run to run over the same inputs.
const OF_THE_RUN: [&str; 2] = ["_run_id", "_ingested_at"];

/// What stands in the building file once gold is made.
#[derive(Debug, Default)]
pub(crate) struct Built {
    pub tables: BTreeMap<String, TableSummary>,
    pub observed: Option<(Date, Date)>,
    /// `ops.row_accounts`, where the project accounts for its rows.
    pub row_accounts: Vec<RecordBatch>,
}

/// Where each model goes, checked before anything is built.
pub(crate) fn schemas(project: &Project) -> Result<BTreeMap<String, Schema>, ProjectError> {
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

/// Makes bronze readable and loads seeds; the names that models are rendered with.
pub(crate) fn prepare(
    builder: &mut dyn Builder,
    project: &Project,
    schemas: &BTreeMap<String, Schema>,
    files: &[BronzeFile],
    vars: BTreeMap<String, serde_json::Value>,
) -> Result<Arc<Names>, PipelineError> {
    let mut names = Names {
        vars,
        ..Names::default()
    };
    for table in &project.sources {
        let columns: Vec<String> = table
            .columns
            .iter()
            .map(|column| column.name.clone())
            .collect();
        let paths: Vec<PathBuf> = files
            .iter()
            .filter(|file| file.source == table.table)
            .map(|file| file.path.clone())
            .collect();
        let name = builder.bronze(&table.table, &columns, &paths)?;
        names
            .sources
            .insert((table.source.clone(), table.table.clone()), name);
    }
    for seed in project.seeds.values() {
        let relation = Relation {
            schema: Schema::Silver,
            name: seed.name.clone(),
        };
        builder.load_seed(&relation, &seed.file)?;
        names
            .relations
            .insert(seed.name.clone(), builder.qualified(&relation));
    }
    for (name, schema) in schemas {
        let relation = Relation {
            schema: *schema,
            name: name.clone(),
        };
        names
            .relations
            .insert(name.clone(), builder.qualified(&relation));
    }
    Ok(Arc::new(names))
}

/// Builds all models, silver first. `progress` is called on entering each step, and per model.
pub(crate) fn build(
    builder: &mut dyn Builder,
    project: &Project,
    schemas: &BTreeMap<String, Schema>,
    names: &Arc<Names>,
    progress: &dyn Fn(Step, u64, u64),
) -> Result<(), PipelineError> {
    for (schema, step) in [(Schema::Silver, Step::Silver), (Schema::Gold, Step::Gold)] {
        let models: Vec<&Model> = project
            .order
            .iter()
            .filter(|name| schemas.get(*name) == Some(&schema))
            .filter_map(|name| project.models.get(name))
            .collect();
        progress(step, 0, models.len() as u64);
        for (done, model) in models.iter().enumerate() {
            let sql = project.render(&model.name, names)?;
            let relation = Relation {
                schema,
                name: model.name.clone(),
            };
            let started = std::time::Instant::now();
            let made = match model.materialized {
                Materialized::View => builder.create_view(&relation, &sql).map(|()| 0),
                // Every run starts from all of bronze, so `is_incremental()` is false and the table is made anew.
                Materialized::Table | Materialized::Incremental => {
                    builder.create_table(&relation, &sql)
                }
            };
            let rows = made.map_err(|failure| match failure.kind {
                FailureKind::BadRequest => PipelineError::Engine {
                    message: format!("{}: {}", model.file.display(), failure.message),
                    detail: failure.detail,
                },
                _ => PipelineError::from(failure),
            })?;
            let seconds = started.elapsed().as_secs_f64();
            tracing::debug!(model = %model.name, rows, seconds, "built");
            progress(step, done as u64 + 1, models.len() as u64);
        }
    }
    Ok(())
}

/// Sizes and checksums of gold, the days it covers, and the accounts of bronze rows.
pub(crate) fn summarise(
    builder: &mut dyn Builder,
    project: &Project,
    schemas: &BTreeMap<String, Schema>,
    names: &Arc<Names>,
    run_id: &str,
) -> Result<Built, PipelineError> {
    let mut built = Built::default();
    for (name, _) in schemas
        .iter()
        .filter(|(_, schema)| **schema == Schema::Gold)
    {
        let relation = Relation {
            schema: Schema::Gold,
            name: name.clone(),
        };
        let (rows, checksum) = builder.checksum(&relation, &OF_THE_RUN)?;
        built
            .tables
            .insert(name.clone(), TableSummary { rows, checksum });
    }
    if let Some(purchases) = names.relations.get("fct_purchase") {
        let sql = format!(
            "select cast(min(purchased_on) as string) as first_on, cast(max(purchased_on) as string) as last_on from {purchases}"
        );
        let row = sample::rows(&builder.fetch(&Statement::new(sql))?)?
            .into_iter()
            .next();
        let day = |name: &str| {
            row.as_ref()
                .and_then(|row| row.get(name)?.as_str()?.parse::<Date>().ok())
        };
        built.observed = day("first_on").zip(day("last_on"));
    }
    if project.models.contains_key("row_accounts")
        && let Some(accounts) = names.relations.get("row_accounts")
    {
        let sql = format!(
            "select '{run_id}' as run_id, source, _outcome as outcome, _reason as reason, \
             cast(row_count as bigint) as row_count, amount from {accounts} order by source, outcome, reason nulls last"
        );
        built.row_accounts = builder.fetch(&Statement::new(sql))?;
    }
    Ok(built)
}
