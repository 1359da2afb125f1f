//! What is remembered of a run, whatever became of it: the tables of `ops`.

use std::path::Path;

use arrow::array::RecordBatch;
use jiff::Timestamp;
use jiff::civil::Date;
use marts::project::Severity;
use uuid::Uuid;
use warehouse::Manifest;

use crate::bronze::{BronzeFile, Ingested};
use crate::contracts::Checked;
use crate::ops::{Cells, record, write};
use crate::{PipelineError, Step};

/// Grows along the run and is written at its end.
pub(crate) struct Record {
    run_id: String,
    started_at: Timestamp,
    business_date: Option<Date>,
    release: Option<String>,
    rows_read: u64,
    ingested: Vec<IngestedFile>,
    checked: Vec<(Checked, Timestamp)>,
    row_accounts: Vec<RecordBatch>,
    published: Option<Manifest>,
}

struct IngestedFile {
    file_id: String,
    source: String,
    path: String,
    bytes: Option<i64>,
    rows: u64,
}

impl Record {
    pub fn start() -> Self {
        Self {
            // Sorts by time.
            run_id: Uuid::now_v7().to_string(),
            started_at: Timestamp::now(),
            business_date: None,
            release: None,
            rows_read: 0,
            ingested: Vec::new(),
            checked: Vec::new(),
            row_accounts: Vec::new(),
            published: None,
        }
    }

    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    pub fn took_in<'a>(
        &mut self,
        landing: &Path,
        ingested: &Ingested,
        files: impl Iterator<Item = &'a BronzeFile>,
    ) {
        self.rows_read = ingested.rows;
        self.ingested = files
            .map(|file| IngestedFile {
                file_id: file.file_id.clone(),
                source: file.source.clone(),
                path: file.landing_path.clone(),
                bytes: std::fs::metadata(landing.join(&file.landing_path))
                    .ok()
                    .and_then(|m| i64::try_from(m.len()).ok()),
                rows: file.rows,
            })
            .collect();
    }

    pub fn about(&mut self, business_date: Date, release: &str) {
        self.business_date = Some(business_date);
        self.release = Some(release.to_owned());
    }

    pub fn checked(&mut self, checked: &[Checked]) {
        let at = Timestamp::now();
        self.checked = checked.iter().map(|check| (check.clone(), at)).collect();
    }

    pub fn accounted(&mut self, row_accounts: Vec<RecordBatch>) {
        self.row_accounts = row_accounts;
    }

    pub fn published(&mut self, manifest: &Manifest) {
        self.published = Some(manifest.clone());
    }

    /// Writes all tables; the run's own row last, so that it is there only when the others are.
    ///
    /// # Errors
    /// The disk's.
    pub fn write(
        &self,
        data: &Path,
        step: Step,
        error: Option<&PipelineError>,
    ) -> Result<(), PipelineError> {
        let id = self.run_id.as_str();
        write(data, "ingested_files", id, &[self.ingested_files()?])?;
        write(data, "contract_results", id, &[self.contract_results()?])?;
        write(data, "row_accounts", id, &self.row_accounts)?;
        if let Some(manifest) = &self.published {
            write(data, "releases", id, &[self.release_row(manifest)?])?;
            write(
                data,
                "latest_release",
                id,
                &[Self::latest_release(manifest)?],
            )?;
        }
        write(
            data,
            "pipeline_runs",
            id,
            &[self.pipeline_run(step, error)?],
        )
    }

    fn pipeline_run(
        &self,
        step: Step,
        error: Option<&PipelineError>,
    ) -> Result<RecordBatch, PipelineError> {
        let written = self.published.as_ref().map_or(0, |manifest| {
            manifest.tables.values().map(|table| table.rows).sum()
        });
        record(vec![
            ("run_id", Cells::text([&self.run_id])),
            ("started_at", Cells::At(vec![Some(self.started_at)])),
            ("ended_at", Cells::At(vec![Some(Timestamp::now())])),
            (
                "status",
                Cells::text([if error.is_some() {
                    "failed"
                } else {
                    "published"
                }]),
            ),
            ("step", Cells::text([step.to_string()])),
            ("trigger", Cells::text(["command"])),
            ("business_date", Cells::On(vec![self.business_date])),
            ("release_id", Cells::Text(vec![self.release.clone()])),
            ("rows_read", Cells::int([self.rows_read])),
            ("rows_written", Cells::int([written])),
            ("error", Cells::Text(vec![error.map(ToString::to_string)])),
            ("code_version", Cells::text([env!("CARGO_PKG_VERSION")])),
        ])
    }

    fn ingested_files(&self) -> Result<RecordBatch, PipelineError> {
        let files = &self.ingested;
        record(vec![
            (
                "file_id",
                Cells::text(files.iter().map(|f| f.file_id.as_str())),
            ),
            (
                "source",
                Cells::text(files.iter().map(|f| f.source.as_str())),
            ),
            ("path", Cells::text(files.iter().map(|f| f.path.as_str()))),
            (
                "sha256",
                Cells::text(files.iter().map(|f| f.file_id.as_str())),
            ),
            ("bytes", Cells::Int(files.iter().map(|f| f.bytes).collect())),
            ("rows", Cells::int(files.iter().map(|f| f.rows))),
            (
                "ingested_at",
                Cells::At(files.iter().map(|_| Some(self.started_at)).collect()),
            ),
            (
                "run_id",
                Cells::text(files.iter().map(|_| self.run_id.as_str())),
            ),
        ])
    }

    fn contract_results(&self) -> Result<RecordBatch, PipelineError> {
        let results = &self.checked;
        let severity = |severity| {
            if severity == Severity::Warn {
                "warn"
            } else {
                "error"
            }
        };
        let behaviour = |severity| {
            if severity == Severity::Warn {
                "warn"
            } else {
                "fail"
            }
        };
        let status = |check: &Checked| match (check.result.failing_rows, check.severity) {
            (0, _) => "passed",
            (_, Severity::Warn) => "warned",
            (_, Severity::Error) => "failed",
        };
        record(vec![
            (
                "run_id",
                Cells::text(results.iter().map(|_| self.run_id.as_str())),
            ),
            (
                "contract",
                Cells::text(results.iter().map(|(c, _)| c.result.contract.as_str())),
            ),
            (
                "relation",
                Cells::text(results.iter().map(|(c, _)| c.result.relation.as_str())),
            ),
            (
                "severity",
                Cells::text(results.iter().map(|(c, _)| severity(c.severity))),
            ),
            (
                "behaviour",
                Cells::text(results.iter().map(|(c, _)| behaviour(c.severity))),
            ),
            (
                "failing_rows",
                Cells::int(results.iter().map(|(c, _)| c.result.failing_rows)),
            ),
            (
                "sample",
                Cells::text(
                    results
                        .iter()
                        .map(|(c, _)| format!("[{}]", c.result.sample.join(","))),
                ),
            ),
            (
                "status",
                Cells::text(results.iter().map(|(c, _)| status(c))),
            ),
            (
                "checked_at",
                Cells::At(results.iter().map(|(_, at)| Some(*at)).collect()),
            ),
        ])
    }

    fn release_row(&self, manifest: &Manifest) -> Result<RecordBatch, PipelineError> {
        let tables =
            serde_json::to_string(&manifest.tables).map_err(|error| PipelineError::Engine {
                message: "the release's tables could not be recorded".into(),
                detail: error.to_string(),
            })?;
        record(vec![
            ("release_id", Cells::text([&manifest.release_id])),
            ("run_id", Cells::text([&self.run_id])),
            (
                "business_date",
                Cells::On(vec![Some(manifest.business_date)]),
            ),
            ("published_at", Cells::At(vec![Some(manifest.published_at)])),
            ("status", Cells::text(["published"])),
            ("tables", Cells::text([tables])),
        ])
    }

    fn latest_release(manifest: &Manifest) -> Result<RecordBatch, PipelineError> {
        record(vec![
            ("release_id", Cells::text([&manifest.release_id])),
            ("changed_at", Cells::At(vec![Some(Timestamp::now())])),
            ("changed_by", Cells::text(["pipeline"])),
        ])
    }
}
