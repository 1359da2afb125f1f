//! One run, step by step.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::Timestamp;
use marts::project::{Project, ProjectError};
use marts::{Failure, FailureKind};
use warehouse::release::{point_to, state_path, write_manifest};
use warehouse::{Builder, DuckDbBuilder, Manifest};

use crate::bronze::{BronzeFile, ColumnSpec, Landed, SourceSpec};
use crate::build::{self, Built};
use crate::contracts::{self, Checked};
use crate::fingerprint::{fingerprint, release_id};
use crate::publish::{self, Building};
use crate::record::Record;
use crate::{ContractResult, Ingested, SetAside, bronze, lock};

/// What a run needs to know.
#[derive(Debug, Clone)]
pub struct Options {
    pub landing: PathBuf,
    pub data: PathBuf,
    /// The dbt project: `marts/`.
    pub project: PathBuf,
    /// Parallel workers (files into bronze, threads of the engine).
    pub threads: usize,
}

/// Where a run is, for progress bars, run records and fault tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    Bronze,
    Silver,
    Gold,
    Contracts,
    Publish,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Bronze => "bronze",
            Self::Silver => "silver",
            Self::Gold => "gold",
            Self::Contracts => "contracts",
            Self::Publish => "publish",
        })
    }
}

/// How a run ended well.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// Nothing landed since the current release and the models are the same; nothing was written.
    NothingNew {
        release: String,
        set_aside: Vec<SetAside>,
    },
    Published {
        release: String,
        ingested: Ingested,
        set_aside: Vec<SetAside>,
        tables: Vec<(String, u64)>,
        contracts: usize,
    },
}

/// Why a run published nothing. The current release is as it was.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error("{0}")]
    Landing(String),
    #[error(
        "another run is at work on {0} (it holds the lock); wait for it to end, then run again"
    )]
    Locked(PathBuf),
    #[error("{}", contracts::message(.0))]
    Contracts(Vec<ContractResult>),
    #[error("{0}")]
    Project(String),
    #[error("{message}")]
    Engine { message: String, detail: String },
    #[error("{path}: {source}")]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
}

impl From<ProjectError> for PipelineError {
    fn from(error: ProjectError) -> Self {
        Self::Project(error.to_string())
    }
}

impl From<Failure> for PipelineError {
    fn from(failure: Failure) -> Self {
        Self::Engine {
            message: failure.message,
            detail: failure.detail,
        }
    }
}

impl From<arrow::error::ArrowError> for PipelineError {
    fn from(error: arrow::error::ArrowError) -> Self {
        Self::Engine {
            message: "the engine's answer could not be read".into(),
            detail: error.to_string(),
        }
    }
}

/// Runs the pipeline once; `progress(step, done, total)` is called on entering each step and along the way.
///
/// # Errors
/// See [`PipelineError`]; whatever it is, the current release is untouched and what bronze took in is kept.
pub fn run(
    options: &Options,
    progress: &(dyn Fn(Step, u64, u64) + Sync),
) -> Result<Outcome, PipelineError> {
    let _lock = lock::take(&options.data)?;
    let step = Mutex::new(Step::Bronze);
    let tell = |at: Step, done: u64, total: u64| {
        if let Ok(mut step) = step.lock() {
            *step = at;
        }
        progress(at, done, total);
    };
    let mut record = Record::start();
    let result = work(options, &mut record, &tell);
    let ended_in = step.lock().map_or(Step::Publish, |step| *step);
    let nothing_new = matches!(result, Ok(Outcome::NothingNew { .. }));
    if !nothing_new && let Err(error) = record.write(&options.data, ended_in, result.as_ref().err())
    {
        tracing::warn!(%error, "the record of this run could not be written; the run itself is not affected");
    }
    result
}

fn work(
    options: &Options,
    record: &mut Record,
    progress: &(dyn Fn(Step, u64, u64) + Sync),
) -> Result<Outcome, PipelineError> {
    let Options {
        landing,
        data,
        project,
        threads,
    } = options;
    progress(Step::Bronze, 0, 0);
    let project = Project::read(project)?;
    let schemas = build::schemas(&project)?;
    publish::clean_up(data)?;

    let before = bronze_files(data);
    let specs = source_specs(&project);
    let in_bronze = |done, total| progress(Step::Bronze, done, total);
    let Landed {
        ingested,
        set_aside,
        files,
    } = bronze::ingest(landing, data, &specs, *threads, record.run_id(), &in_bronze)?;
    record.took_in(
        landing,
        &ingested,
        files.iter().filter(|file| !before.contains(&file.path)),
    );

    let vars = variables(&project, &files)?;
    let fingerprint = fingerprint(&files, &project, &vars.all);
    let release = release_id(vars.business_date, &fingerprint);
    record.about(vars.business_date, &release);
    let current = publish::current(data);
    if let Some(current) = current.as_deref().filter(|current| *current != release) {
        publish::warn_if_damaged(data, current);
    }
    if let Some(manifest) = publish::whole(data, &release, &fingerprint) {
        if current.as_deref() == Some(release.as_str()) {
            return Ok(Outcome::NothingNew { release, set_aside });
        }
        // Built and checked by a run that was stopped just before it moved the pointer, or published before.
        progress(Step::Publish, 0, 1);
        point_to(data, &release)?;
        record.published(&manifest);
        let tables = manifest
            .tables
            .into_iter()
            .map(|(name, summary)| (name, summary.rows))
            .collect();
        return Ok(Outcome::Published {
            release,
            ingested,
            set_aside,
            tables,
            contracts: project.tests.len(),
        });
    }
    let building = Building::new(data, record.run_id())?;
    let mut builder = open_builder(data, &building, *threads)?;
    let names = build::prepare(builder.as_mut(), &project, &schemas, &files, vars.all)?;
    build::build(builder.as_mut(), &project, &schemas, &names, progress)?;

    progress(Step::Contracts, 0, project.tests.len() as u64);
    let checked = contracts::check(builder.as_mut(), &project, &names, &|done, total| {
        progress(Step::Contracts, done, total)
    })?;
    record.checked(&checked);
    let Built {
        tables,
        observed,
        row_accounts,
    } = build::summarise(
        builder.as_mut(),
        &project,
        &schemas,
        &names,
        record.run_id(),
    )?;
    record.accounted(row_accounts);
    refuse_failures(checked)?;

    progress(Step::Publish, 0, 1);
    builder.finish()?;
    let gold = building.gold();
    let gold_bytes = std::fs::metadata(&gold)
        .map_err(|source| PipelineError::Io { path: gold, source })?
        .len();
    let manifest = Manifest {
        release_id: release.clone(),
        run_id: record.run_id().to_owned(),
        business_date: vars.business_date,
        zone: vars.zone,
        published_at: Timestamp::now(),
        fingerprint,
        observed,
        gold_bytes,
        tables,
    };
    write_manifest(building.folder(), &manifest)?;
    building.put_in_place(data, &release)?;
    point_to(data, &release)?;
    record.published(&manifest);
    publish::prune(data, &release);
    progress(Step::Publish, 1, 1);
    let tables = manifest
        .tables
        .into_iter()
        .map(|(name, summary)| (name, summary.rows))
        .collect();
    Ok(Outcome::Published {
        release,
        ingested,
        set_aside,
        tables,
        contracts: project.tests.len(),
    })
}

/// A state that cannot be opened is made anew: all it holds follows from bronze.
fn open_builder(
    data: &Path,
    building: &Building,
    threads: usize,
) -> Result<Box<dyn Builder>, PipelineError> {
    let state = state_path(data);
    let open = || DuckDbBuilder::open(&state, &building.gold(), threads, None);
    let opened = open().or_else(|failure| {
        if failure.kind != FailureKind::Internal || !state.exists() {
            return Err(failure);
        }
        tracing::warn!(state = %state.display(), detail = %failure.detail, "the state is damaged; it is made anew from bronze");
        for path in [state.with_extension("duckdb.wal"), state.clone()] {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failure.with_detail(error)),
                _ => {}
            }
        }
        open()
    });
    Ok(Box::new(opened?))
}

fn refuse_failures(checked: Vec<Checked>) -> Result<(), PipelineError> {
    let mut failures = Vec::new();
    for check in checked {
        if check.stops_the_release() {
            failures.push(check.result);
        } else if check.result.failing_rows > 0 {
            let ContractResult {
                contract,
                relation,
                failing_rows,
                ..
            } = check.result;
            tracing::warn!(%contract, %relation, failing_rows, "a contract that only warns does not hold");
        }
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(PipelineError::Contracts(failures))
    }
}

/// Landing's contract, as the project's sources declare it.
fn source_specs(project: &Project) -> Vec<SourceSpec> {
    let columns = |table: &marts::project::SourceTable| {
        let columns = table.columns.iter().map(|column| ColumnSpec {
            name: column.name.clone(),
            required: column.required,
            data_type: column.data_type.clone(),
        });
        columns.collect()
    };
    project
        .sources
        .iter()
        .map(|table| SourceSpec {
            name: table.table.clone(),
            optional: table.optional,
            columns: columns(table),
        })
        .collect()
}

struct Variables {
    all: BTreeMap<String, serde_json::Value>,
    business_date: jiff::civil::Date,
    zone: String,
}

/// The project's variables and the clock, which is the latest landed day.
fn variables(project: &Project, files: &[BronzeFile]) -> Result<Variables, PipelineError> {
    let business_date = files.iter().map(|file| file.dt).max().ok_or_else(|| {
        PipelineError::Landing(
            "nothing has landed, so there is no business date; nothing was published".into(),
        )
    })?;
    let mut all = project.vars.clone();
    all.insert("business_date".into(), business_date.to_string().into());
    let zone = all
        .get("reporting_zone")
        .and_then(serde_json::Value::as_str)
        .unwrap_or("UTC")
        .to_owned();
    Ok(Variables {
        all,
        business_date,
        zone,
    })
}

fn bronze_files(data: &Path) -> HashSet<PathBuf> {
    let sources = std::fs::read_dir(data.join("bronze"))
        .into_iter()
        .flatten()
        .flatten();
    sources
        .flat_map(|source| {
            std::fs::read_dir(source.path())
                .into_iter()
                .flatten()
                .flatten()
        })
        .map(|entry| entry.path())
        .collect()
}
