//! What is remembered of a run, whatever became of it: the tables of `ops`.

mod recovery;
mod tables;

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::RecordBatch;
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;
use warehouse::Manifest;

pub(crate) use self::recovery::record_unrecorded_release;
use self::tables::RunRow;
use crate::bronze::{BronzeFile, SchemaDrift};
use crate::contracts::ContractResult;
use crate::freshness::SourceState;
use crate::ops::{history, write};
use crate::quarantine::HeldBack;
use crate::report::Report;
use crate::{PipelineError, Step};

/// Grows along the run and is written at its end.
pub(crate) struct Record {
    run_id: String,
    started_at: Timestamp,
    business_date: Option<Date>,
    release: Option<String>,
    rows_read: u64,
    /// Rows that this run took in, by source.
    taken_in: BTreeMap<String, u64>,
    ingested: Vec<IngestedFile>,
    drift: Vec<SchemaDrift>,
    sources: Vec<SourceState>,
    checked: Vec<ContractResult>,
    row_accounts: Vec<RecordBatch>,
    held_back: Vec<HeldBack>,
    published: Option<Manifest>,
}

/// One row of `ops.ingested_files`: this run's, or one of a run that could not record it.
struct IngestedFile {
    file_id: String,
    source: String,
    path: String,
    bytes: Option<i64>,
    rows: u64,
    run_id: String,
    ingested_at: Timestamp,
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
            taken_in: BTreeMap::new(),
            ingested: Vec::new(),
            drift: Vec::new(),
            sources: Vec::new(),
            checked: Vec::new(),
            row_accounts: Vec::new(),
            held_back: Vec::new(),
            published: None,
        }
    }

    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    pub fn drifted(&mut self, drift: Vec<SchemaDrift>) {
        self.drift = drift;
    }

    /// Notes the files of bronze that no run has recorded: this one's, and those of runs that failed or were killed.
    pub fn found_in_bronze(&mut self, data: &Path, files: &[BronzeFile]) {
        let recorded = history::recorded_files(data);
        for file in files
            .iter()
            .filter(|file| !recorded.contains(&file.file_id))
        {
            // A file without rows says nothing of its run; it is this one's as far as anybody can tell.
            let (run_id, ingested_at) = history::taken_in_by(&file.path)
                .unwrap_or_else(|| (self.run_id.clone(), self.started_at));
            if run_id == self.run_id {
                self.rows_read += file.rows;
                *self.taken_in.entry(file.source.clone()).or_default() += file.rows;
            }
            self.ingested.push(IngestedFile {
                file_id: file.file_id.clone(),
                source: file.source.clone(),
                path: file.landing_path.clone(),
                bytes: i64::try_from(file.bytes).ok(),
                rows: file.rows,
                run_id,
                ingested_at,
            });
        }
    }

    /// Rows that this run took in, by source.
    pub fn taken_in(&self) -> &BTreeMap<String, u64> {
        &self.taken_in
    }

    pub fn about(&mut self, business_date: Date, release: &str) {
        self.business_date = Some(business_date);
        self.release = Some(release.to_owned());
    }

    pub fn measured(&mut self, sources: Vec<SourceState>) {
        self.sources = sources;
    }

    pub fn checked(&mut self, checked: &[ContractResult]) {
        self.checked = checked.to_vec();
    }

    pub fn accounted(&mut self, row_accounts: Vec<RecordBatch>) {
        self.row_accounts = row_accounts;
    }

    pub fn held_back(&mut self, held_back: Vec<HeldBack>) {
        self.held_back = held_back;
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
        report: &Report,
        error: Option<&PipelineError>,
    ) -> Result<(), PipelineError> {
        let id = self.run_id.as_str();
        self.write_ingested(data)?;
        write(
            data,
            "schema_drift",
            id,
            &[tables::schema_drift(id, &self.drift)?],
        )?;
        write(
            data,
            "freshness",
            id,
            &[tables::freshness(id, &self.sources)?],
        )?;
        write(
            data,
            "contract_results",
            id,
            &[tables::contract_results(id, &self.checked)?],
        )?;
        write(data, "row_accounts", id, &self.row_accounts)?;
        write(
            data,
            "quarantine",
            id,
            &[tables::quarantine(id, &self.held_back)?],
        )?;
        if let Some(manifest) = &self.published {
            write(data, "releases", id, &[tables::release(id, manifest)?])?;
            let latest = tables::latest_release(&manifest.release_id, Timestamp::now())?;
            write(data, "latest_release", id, &[latest])?;
        }
        let mode = report.mode.to_string();
        let written = report.models.iter().map(|model| model.rows_written).sum();
        let run = RunRow {
            run_id: id,
            started_at: self.started_at,
            ended_at: Timestamp::now(),
            status: if error.is_some() {
                "failed"
            } else {
                "published"
            },
            step,
            step_seconds: serde_json::to_string(&report.seconds).ok(),
            mode: Some(&mode),
            business_date: self.business_date,
            release: self.release.as_deref(),
            rows_read: Some(self.rows_read),
            rows_written: Some(written),
            error: error.map(ToString::to_string),
            note: None,
        };
        write(data, "pipeline_runs", id, &[tables::pipeline_run(&run)?])
    }

    /// What no run has recorded of bronze; a run that finds nothing new records only this, and mostly it is nothing.
    ///
    /// # Errors
    /// The disk's.
    pub fn write_ingested(&self, data: &Path) -> Result<(), PipelineError> {
        write(
            data,
            "ingested_files",
            &self.run_id,
            &[tables::ingested_files(&self.ingested)?],
        )
    }
}
