//! One run, step by step.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use jiff::civil::Date;
use marts::Failure;
use marts::project::{Project, ProjectError};
use warehouse::release::{point_to, state_path};
use warehouse::{Manifest, Schema};

use crate::bronze::{BronzeFile, ColumnSpec, Landed, SourceSpec};
use crate::checkpoint::{self, Found};
use crate::closes::{self, Closes};
use crate::fingerprint::{code, fingerprint, release_id};
use crate::plan::{Inputs, Plan};
use crate::record::{Record, record_unrecorded_release};
use crate::release::{self, Made, Making};
use crate::report::{self, Report};
use crate::selected::Selection;
use crate::variables::Variables;
use crate::{
    ContractResult, Ingested, LandingPlace, SetAside, bronze, build, contracts, lock, publish,
};

/// What a run needs to know.
#[derive(Debug, Clone)]
pub struct Options {
    pub landing: LandingPlace,
    pub data: PathBuf,
    /// The dbt project: `marts/`.
    pub project: PathBuf,
    /// Parallel workers (files into bronze, threads of the engine).
    pub threads: usize,
    /// Build silver and gold from bronze anew, whatever is there; equal tables keep the present release.
    pub full_refresh: bool,
    /// Build only these models anew, in dbt's node selection; no landing file is taken in. Empty for all.
    pub select: Vec<String>,
    /// Leave these out of what is selected.
    pub exclude: Vec<String>,
}

impl Options {
    pub(crate) fn selects(&self) -> bool {
        !self.select.is_empty() || !self.exclude.is_empty()
    }
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
    /// A full refresh built the very tables of a release that is there; that one stays.
    Confirmed {
        release: String,
        set_aside: Vec<SetAside>,
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
    /// Closed periods that are not as they were closed, or that cannot be closed or reopened.
    #[error("{0}")]
    Closes(String),
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
    run_and_report(options, progress).map(|(outcome, _)| outcome)
}

/// As [`run`], and says what was done.
///
/// # Errors
/// As [`run`].
pub fn run_and_report(
    options: &Options,
    progress: &(dyn Fn(Step, u64, u64) + Sync),
) -> Result<(Outcome, Report), PipelineError> {
    let _lock = lock::take(&options.data)?;
    let clock = Mutex::new(Clock::start());
    let tell = |at: Step, done: u64, total: u64| {
        if let Ok(mut clock) = clock.lock() {
            clock.enter(at);
        }
        progress(at, done, total);
    };
    let mut record = Record::start();
    let mut report = Report::default();
    let result = work(options, &mut record, &mut report, &tell);
    let mut ended_in = Step::Publish;
    if let Ok(mut clock) = clock.lock() {
        ended_in = clock.step;
        report.seconds = clock.seconds();
    }
    let written = match &result {
        Ok(Outcome::NothingNew { .. }) => record.write_ingested(&options.data),
        other => record.write(&options.data, ended_in, &report, other.as_ref().err()),
    };
    if let Err(error) = written {
        tracing::warn!(%error, "the record of this run could not be written; the run itself is not affected");
    }
    report.peak_memory_bytes = report::peak_memory_bytes();
    Ok((result?, report))
}

/// How long each step took.
struct Clock {
    step: Step,
    since: Instant,
    spent: BTreeMap<Step, Duration>,
}

impl Clock {
    fn start() -> Self {
        Self {
            step: Step::Bronze,
            since: Instant::now(),
            spent: BTreeMap::new(),
        }
    }

    fn enter(&mut self, step: Step) {
        let now = Instant::now();
        *self.spent.entry(self.step).or_default() += now - self.since;
        (self.step, self.since) = (step, now);
    }

    fn seconds(&mut self) -> BTreeMap<String, f64> {
        self.enter(self.step);
        let spent = self.spent.iter();
        spent
            .map(|(step, time)| (step.to_string(), time.as_secs_f64()))
            .collect()
    }
}

fn work(
    options: &Options,
    record: &mut Record,
    report: &mut Report,
    progress: &(dyn Fn(Step, u64, u64) + Sync),
) -> Result<Outcome, PipelineError> {
    let Options {
        landing,
        data,
        threads,
        ..
    } = options;
    progress(Step::Bronze, 0, 0);
    let project = Project::read(&options.project)?;
    let schemas = build::schemas(&project)?;
    publish::clean_up(data)?;
    record_unrecorded_release(data)?;
    closes::clean_up(data)?;
    let closes = Closes::read(data)?;
    closes.remember(data)?;
    let specs = source_specs(&project);
    if options.selects() {
        return selected(
            options, &project, &schemas, &specs, &closes, record, report, progress,
        );
    }

    let in_bronze = |done, total| progress(Step::Bronze, done, total);
    let Landed {
        ingested,
        set_aside,
        drift,
        notes,
        files,
    } = bronze::ingest(landing, data, &specs, *threads, record.run_id(), &in_bronze)?;
    for found in &drift {
        tracing::info!(file = %found.landing_path, column = %found.column, change = %found.change, "{}", found.detail);
    }
    record.found_in_bronze(data, &files);
    record.drifted(drift);
    for note in &notes {
        tracing::warn!("{}", note.sentence);
    }
    report.files = ingested.files;
    report.rows_landed = record.taken_in().clone();
    report.set_aside = set_aside.iter().map(Into::into).collect();

    let variables = Variables::of(&project, latest_day(&files)?);
    let closed = closes.digest();
    let fingerprint = fingerprint(&files, &project, &variables.all, &closed);
    let release = release_id(variables.business_date, &fingerprint);
    record.about(variables.business_date, &release);
    report.business_date = Some(variables.business_date);
    let current = publish::current(data);
    if let Some(current) = current.as_deref().filter(|current| *current != release) {
        publish::warn_if_damaged(data, current);
    }
    let published = publish::whole(data, &release, &fingerprint);
    if let (Some(manifest), false) = (&published, options.full_refresh) {
        report.release.clone_from(&manifest.release_id);
        report.state_seq = manifest.build.state_seq;
        if current.as_deref() == Some(&manifest.release_id) {
            report.why = "nothing has landed since the current release".into();
            return Ok(Outcome::NothingNew {
                release: manifest.release_id.clone(),
                set_aside,
            });
        }
        // Built and checked by a run that was stopped just before it moved the pointer, or published before.
        report.why = "this release had been built before".into();
        progress(Step::Publish, 0, 1);
        point_to(data, &manifest.release_id)?;
        record.published(manifest);
        return Ok(Outcome::Published {
            release: manifest.release_id.clone(),
            ingested,
            set_aside,
            tables: table_rows(manifest),
            contracts: project.tests.len(),
        });
    }

    let found = checkpoint::read(data)?;
    let current = publish::current_whole(data, current.as_deref());
    let plan = Plan::of(&Inputs {
        found: &found,
        files: &files,
        code: &code(&project, &variables.all),
        closes: &closed,
        business_date: variables.business_date,
        current: current.as_ref(),
        full_refresh: options.full_refresh,
        run_id: record.run_id(),
    });
    if let Found::Damaged(detail) = &found {
        remove_state(data, detail)?;
    }
    let made = release::make(
        &Making {
            data,
            threads: *threads,
            project: &project,
            checks: &project,
            schemas: &schemas,
            files: &files,
            closes: &closes,
            variables: &variables,
            fingerprint: &fingerprint,
            release: &release,
            published: published.as_ref(),
        },
        plan,
        record,
        report,
        progress,
    )?;
    Ok(match made {
        Made::Published(manifest) => Outcome::Published {
            release: manifest.release_id.clone(),
            ingested,
            set_aside,
            tables: table_rows(&manifest),
            contracts: project.tests.len(),
        },
        Made::Confirmed(manifest) => Outcome::Confirmed {
            release: manifest.release_id,
            set_aside,
        },
    })
}

#[expect(
    clippy::too_many_arguments,
    reason = "one call site, and each is something else"
)]
fn selected(
    options: &Options,
    project: &Project,
    schemas: &BTreeMap<String, Schema>,
    specs: &[SourceSpec],
    closes: &Closes,
    record: &mut Record,
    report: &mut Report,
    progress: &(dyn Fn(Step, u64, u64) + Sync),
) -> Result<Outcome, PipelineError> {
    let Selection {
        plan,
        files,
        variables,
        fingerprint,
        release,
        checks,
    } = Selection::of(options, project, schemas, specs, closes, record.run_id())?;
    record.about(variables.business_date, &release);
    report.business_date = Some(variables.business_date);
    let making = Making {
        data: &options.data,
        threads: options.threads,
        project,
        checks: &checks,
        schemas,
        files: &files,
        closes,
        variables: &variables,
        fingerprint: &fingerprint,
        release: &release,
        published: None,
    };
    let (Made::Published(manifest) | Made::Confirmed(manifest)) =
        release::make(&making, plan, record, report, progress)?;
    Ok(Outcome::Published {
        release: manifest.release_id.clone(),
        ingested: Ingested::default(),
        set_aside: Vec::new(),
        tables: table_rows(&manifest),
        contracts: checks.tests.len(),
    })
}

fn table_rows(manifest: &Manifest) -> Vec<(String, u64)> {
    let tables = manifest.tables.iter();
    tables
        .map(|(name, summary)| (name.clone(), summary.rows))
        .collect()
}

/// A state that cannot be opened is made anew: all it holds follows from bronze.
fn remove_state(data: &Path, detail: &str) -> Result<(), PipelineError> {
    let state = state_path(data);
    tracing::warn!(state = %state.display(), %detail, "the state is damaged; it is made anew from bronze");
    for path in [state.with_added_extension("wal"), state] {
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(PipelineError::Io { path, source });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Landing's contract, as the project's sources declare it; what is closed does not land.
pub(crate) fn source_specs(project: &Project) -> Vec<SourceSpec> {
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
        .filter(|table| table.source != closes::SOURCE)
        .map(|table| SourceSpec {
            name: table.table.clone(),
            optional: table.optional,
            columns: columns(table),
        })
        .collect()
}

/// The clock of a run.
pub(crate) fn latest_day(files: &[BronzeFile]) -> Result<Date, PipelineError> {
    files.iter().map(|file| file.dt).max().ok_or_else(|| {
        PipelineError::Landing(
            "nothing has landed, so there is no business date; nothing was published".into(),
        )
    })
}
