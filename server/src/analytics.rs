//! [`Analytics`]: the one function through which all data is shown.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use async_trait::async_trait;
use marts::project::catalogue::{Catalogue, OPS};
use marts::project::planner::Plan;
use marts::project::{dashboards, planner};
use marts::{
    Answer, Answered, Ask, Dashboard, DashboardLink, Drawing, Explained, Failure, FailureKind,
    MetricAbout, Panel, ReleaseId, ReleaseInfo, RowPolicy, Waterfall,
};
use metrics::histogram;
use warehouse::{Warehouse, ops};

use crate::cache::{Cache, Key};
use crate::config::Limits;
use crate::explanation;
use crate::service::QUERY_SECONDS;

/// Answers questions from a release, in the words of the project's files as they are now. What was answered is kept.
pub struct Analytics {
    warehouse: Arc<dyn Warehouse>,
    project: PathBuf,
    deadline: Duration,
    row_cap: u64,
    cache: Cache,
    engine: OnceLock<String>,
    last_read: Mutex<Option<(Fingerprint, Arc<Catalogue>)>>,
}

/// Which files there are, when they were written, how long they are: changes whenever an editor saves.
type Fingerprint = Vec<(PathBuf, SystemTime, u64)>;

impl Analytics {
    #[must_use]
    pub fn new(warehouse: Arc<dyn Warehouse>, project: PathBuf, limits: &Limits) -> Self {
        Self {
            warehouse,
            project,
            deadline: limits.query_deadline(),
            row_cap: limits.query_rows,
            cache: Cache::new(limits.cache_bytes),
            engine: OnceLock::new(),
            last_read: Mutex::new(None),
        }
    }

    /// The catalogue as the project's files say now; read again only when one of them changed.
    ///
    /// # Errors
    /// A file that cannot be read, or a mistake in one: file, line and what was expected.
    pub fn catalogue(&self) -> Result<Arc<Catalogue>, Failure> {
        let now = fingerprint(&self.project)?;
        let mut last = self
            .last_read
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((then, catalogue)) = last.as_ref()
            && *then == now
        {
            return Ok(Arc::clone(catalogue));
        }
        let began = Instant::now();
        let catalogue = Arc::new(Catalogue::read(&self.project)?);
        let duration_ms = began.elapsed().as_secs_f64() * 1e3;
        tracing::info!(files = now.len(), duration_ms, "catalogue read");
        *last = Some((now, Arc::clone(&catalogue)));
        Ok(catalogue)
    }

    async fn run(
        &self,
        policy: &RowPolicy,
        ask: &Ask,
        release: Option<&ReleaseId>,
    ) -> Result<Answered, Failure> {
        let catalogue = self.catalogue()?;
        let mut plan = planner::plan(&catalogue, policy, ask)?;
        plan.statement.deadline = Some(self.deadline);
        plan.statement.row_cap = Some(self.row_cap);
        plan.statement.release = release.cloned();
        let warehouse = Arc::clone(&self.warehouse);
        // Records of runs grow while the release stays as it is.
        if ops::are_asked(&plan.statement.sql)? {
            let answered = read(warehouse, plan).await;
            return answered.map_err(|failure| refused(failure, &catalogue, ask));
        }
        let asked = self.warehouse.release_named(release).await?;
        let engine = self.engine.get_or_init(|| warehouse.capabilities().engine);
        let key = Key::of(&plan, engine, asked.id);
        let answered = self.cache.answer(key, || read(warehouse, plan)).await;
        let answered = answered.map_err(|failure| refused(failure, &catalogue, ask))?;
        Ok(Arc::unwrap_or_clone(answered))
    }
}

/// What an engine refuses of a question that was planned is a mistake in the project's SQL, which is named.
fn refused(failure: Failure, catalogue: &Catalogue, ask: &Ask) -> Failure {
    match failure.kind {
        FailureKind::BadRequest => catalogue.placed(failure, ask),
        _ => failure,
    }
}

/// Runs a plan to its end.
async fn read(warehouse: Arc<dyn Warehouse>, plan: Plan) -> Result<Answered, Failure> {
    let batches = warehouse.run(plan.statement).await?;
    let release = batches.release.clone();
    let (batches, truncated) = batches.collect().await?;
    let zone = jiff::tz::TimeZone::get(&release.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let frame = warehouse::frame::frame(plan.columns, &batches, truncated, &zone)?;
    Ok(Answered {
        frame: plan.completion.complete(frame, &release),
        release: release.id,
    })
}

#[async_trait]
impl Answer for Analytics {
    async fn answer_from(
        &self,
        policy: &RowPolicy,
        ask: &Ask,
        release: Option<&ReleaseId>,
    ) -> Result<Answered, Failure> {
        let began = Instant::now();
        let answered = self.run(policy, ask, release).await;
        let seconds = began.elapsed().as_secs_f64();
        let outcome = match &answered {
            Ok(_) => "answered",
            Err(failure) => outcome(failure.kind),
        };
        histogram!(QUERY_SECONDS, "outcome" => outcome).record(seconds);
        if let Err(failure) = &answered {
            let duration_ms = (seconds * 1e5).round() / 1e2;
            tracing::warn!(outcome, duration_ms, reason = %failure.message, detail = %failure.detail, "question not answered");
        }
        answered
    }

    async fn explain(&self, policy: &RowPolicy, ask: &Ask) -> Result<Explained, Failure> {
        let catalogue = self.catalogue()?;
        explanation::explain(self.project.clone(), &catalogue, policy, ask).await
    }

    async fn release(&self) -> Result<ReleaseInfo, Failure> {
        self.warehouse.release().await
    }

    async fn release_named(&self, release: Option<&ReleaseId>) -> Result<ReleaseInfo, Failure> {
        self.warehouse.release_named(release).await
    }

    async fn releases(&self) -> Result<Vec<ReleaseInfo>, Failure> {
        self.warehouse.releases().await
    }

    async fn dashboard(&self, name: &str) -> Result<Arc<Dashboard>, Failure> {
        dashboards::read(&self.project, name, self.catalogue()?.as_ref()).map(Arc::new)
    }

    async fn dashboards(&self) -> Result<Vec<DashboardLink>, Failure> {
        dashboards::list(&self.project)
    }

    async fn metrics(&self) -> Result<Vec<MetricAbout>, Failure> {
        Ok(self.catalogue()?.about())
    }

    fn draw_waterfall(&self, waterfall: &Waterfall) -> Option<Drawing> {
        figures::draw_waterfall(waterfall)
    }

    fn draw(
        &self,
        panel: &Panel,
        asks: &[Ask],
        answers: &[Answered],
        release: &ReleaseInfo,
    ) -> Vec<Drawing> {
        figures::draw(panel, asks, answers, release)
    }
}

fn outcome(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::BadRequest => "bad_request",
        FailureKind::NotAllowed => "not_allowed",
        FailureKind::NotFound => "not_found",
        FailureKind::Unavailable => "unavailable",
        FailureKind::TimedOut => "timed_out",
        FailureKind::Cancelled => "cancelled",
        FailureKind::Internal => "internal",
    }
}

/// Looks at the YAML files that the catalogue is made of, without reading them.
fn fingerprint(project: &Path) -> Result<Fingerprint, Failure> {
    let mut found = Vec::new();
    let mut folders = vec![project.join("models")];
    folders.extend(Some(project.join(OPS)).filter(|ops| ops.is_dir()));
    while let Some(folder) = folders.pop() {
        let unreadable = |e: std::io::Error| {
            Failure::unavailable(format!(
                "The dbt project cannot be read: {}: {e}.",
                folder.display()
            ))
        };
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            // A file that an editor is just replacing is seen the next time.
            let Ok(meta) = entry.metadata() else { continue };
            let path = entry.path();
            if meta.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|ext| ext == "yml" || ext == "yaml")
            {
                found.push((
                    path,
                    meta.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                    meta.len(),
                ));
            }
        }
    }
    found.sort();
    Ok(found)
}
