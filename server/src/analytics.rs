//! [`Analytics`]: the one function through which all data is shown.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use marts::project::catalogue::Catalogue;
use marts::project::planner::{self, Plan};
use marts::what_if::{Levers, MonthEnd, Observed};
use marts::{
    Answer, Answered, Ask, AskedFor, Dashboard, DashboardLink, Drawing, Explained, Failure,
    FailureKind, MetricAbout, Panel, ReleaseId, ReleaseInfo, RowPolicy, Waterfall,
};
use metrics::histogram;
use warehouse::{Warehouse, ops};

use crate::cache::{Cache, Key};
use crate::config::Limits;
use crate::explanation;
use crate::project_files::ProjectFiles;
use crate::projection;
use crate::service::{QUERY_SECONDS, QUEUE_SECONDS};

/// Answers questions from a release, in the words of the project's files as they are now. What was answered is kept.
pub struct Analytics {
    warehouse: Arc<dyn Warehouse>,
    files: ProjectFiles,
    deadline: Duration,
    wait: Duration,
    row_cap: u64,
    cache: Cache,
    engine: OnceLock<String>,
}

impl Analytics {
    #[must_use]
    pub fn new(warehouse: Arc<dyn Warehouse>, project: PathBuf, limits: &Limits) -> Self {
        Self {
            warehouse,
            files: ProjectFiles::new(project),
            deadline: limits.query_deadline(),
            wait: limits.query_wait(),
            row_cap: limits.query_rows,
            cache: Cache::new(limits.cache_bytes),
            engine: OnceLock::new(),
        }
    }

    /// The catalogue as the project's files say now; read again only when one of them changed.
    ///
    /// # Errors
    /// A file that cannot be read, or a mistake in one: file, line and what was expected.
    pub fn catalogue(&self) -> Result<Arc<Catalogue>, Failure> {
        self.files.catalogue()
    }

    async fn run(
        &self,
        asked_for: &AskedFor,
        policy: &RowPolicy,
        ask: &Ask,
        release: Option<&ReleaseId>,
    ) -> Result<Answered, Failure> {
        let catalogue = self.catalogue()?;
        // Without a release the question itself says so below.
        let relations = self.warehouse.relations(release).await.ok();
        let mut plan = planner::plan_over(&catalogue, policy, ask, relations.as_deref())?;
        plan.statement.deadline = Some(self.deadline);
        plan.statement.wait = Some(self.wait);
        plan.statement.row_cap = Some(self.row_cap);
        plan.statement.release = release.cloned();
        plan.statement.tags.extend(tags(asked_for));
        let warehouse = Arc::clone(&self.warehouse);
        let engine = self.engine.get_or_init(|| warehouse.capabilities().engine);
        let key = if ops::are_asked(&plan.statement.sql)? {
            let records = self.warehouse.records();
            if records.is_none() {
                let answered = read(warehouse, plan).await;
                return answered.map_err(|failure| refused(failure, &catalogue, ask));
            }
            // They can be asked for before there is a release.
            let current = self.warehouse.release().await;
            let current = current.unwrap_or_else(|_| ReleaseInfo::unpublished());
            Key {
                records,
                ..Key::of(&plan, engine, current.id)
            }
        } else {
            let asked = self.warehouse.release_named(release).await?;
            Key::of(&plan, engine, asked.id)
        };
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
    histogram!(QUEUE_SECONDS).record(batches.waited.as_secs_f64());
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
        let asked_for = AskedFor::default();
        self.answer_for(&asked_for, policy, ask, release).await
    }

    async fn answer_for(
        &self,
        asked_for: &AskedFor,
        policy: &RowPolicy,
        ask: &Ask,
        release: Option<&ReleaseId>,
    ) -> Result<Answered, Failure> {
        let began = Instant::now();
        let answered = self.run(asked_for, policy, ask, release).await;
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
        let relations = self.warehouse.relations(None).await.ok();
        let plan = planner::plan_over(&catalogue, policy, ask, relations.as_deref())?;
        explanation::explain(self.files.folder().to_owned(), &catalogue, plan, ask).await
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
        self.files.dashboard(name)
    }

    async fn dashboards(&self) -> Result<Vec<DashboardLink>, Failure> {
        self.files.links()
    }

    async fn metrics(&self) -> Result<Vec<MetricAbout>, Failure> {
        Ok(self.catalogue()?.about())
    }

    fn draw_waterfall(&self, waterfall: &Waterfall) -> Option<Drawing> {
        figures::draw_waterfall(waterfall)
    }

    fn project(&self, observed: &Observed, levers: &Levers) -> Vec<MonthEnd> {
        projection::month_ends(observed, levers)
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

/// Of equal questions that are one statement the first one's are told.
fn tags(asked_for: &AskedFor) -> impl Iterator<Item = (String, String)> {
    [
        ("dashboard", &asked_for.dashboard),
        ("panel", &asked_for.panel),
        ("request_id", &asked_for.request_id),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key.to_owned(), value.clone()?)))
}

fn outcome(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::BadRequest => "bad_request",
        FailureKind::NotAllowed => "not_allowed",
        FailureKind::NotFound => "not_found",
        FailureKind::Unavailable => "unavailable",
        FailureKind::Busy => "busy",
        FailureKind::TimedOut => "timed_out",
        FailureKind::Cancelled => "cancelled",
        FailureKind::Internal => "internal",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fake_warehouse::{Fake, figure};

    #[tokio::test]
    async fn the_engine_is_told_what_a_question_is_for_and_nothing_of_who_asks() {
        let fake = Fake::open();
        let asked_for = AskedFor {
            dashboard: Some("purchases".to_owned()),
            panel: Some("spend".to_owned()),
            request_id: Some("r-1".to_owned()),
        };
        let (ask, policy) = (figure("retail_spend"), RowPolicy::Unrestricted);
        let analytics = fake.analytics();
        let answer = analytics.answer_for(&asked_for, &policy, &ask, None);
        answer.await.unwrap();
        let tags = fake.tags.lock().unwrap().clone();
        let keys: Vec<&str> = tags.iter().map(|(key, _)| key.as_str()).collect();
        let expected = [
            "ask",
            "metrics",
            "dimensions",
            "dashboard",
            "panel",
            "request_id",
        ];
        assert_eq!(keys, expected);
        assert_eq!(tags[4].1, "spend");
    }
}
