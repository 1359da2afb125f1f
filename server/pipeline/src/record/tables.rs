//! The tables of `ops`, column by column.

use arrow::array::RecordBatch;
use jiff::Timestamp;
use jiff::civil::Date;
use warehouse::Manifest;

use super::IngestedFile;
use crate::bronze::SchemaDrift;
use crate::contracts::{Behaviour, ContractResult};
use crate::freshness::SourceState;
use crate::ops::{Cells, record};
use crate::quarantine::HeldBack;
use crate::{PipelineError, Step};

/// One row of `ops.pipeline_runs`.
pub(super) struct RunRow<'a> {
    pub run_id: &'a str,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    pub status: &'a str,
    pub step: Step,
    pub step_seconds: Option<String>,
    pub mode: Option<&'a str>,
    pub business_date: Option<Date>,
    pub release: Option<&'a str>,
    pub rows_read: Option<u64>,
    pub rows_written: Option<u64>,
    pub error: Option<String>,
    pub note: Option<&'a str>,
}

fn text(value: Option<&str>) -> Cells {
    Cells::Text(vec![value.map(str::to_owned)])
}

fn number(value: Option<u64>) -> Option<i64> {
    value.and_then(|value| i64::try_from(value).ok())
}

/// A list of JSON objects as one JSON array.
fn array(objects: &[String]) -> String {
    format!("[{}]", objects.join(","))
}

pub(super) fn pipeline_run(run: &RunRow<'_>) -> Result<RecordBatch, PipelineError> {
    record(vec![
        ("run_id", Cells::text([run.run_id])),
        ("started_at", Cells::At(vec![Some(run.started_at)])),
        ("ended_at", Cells::At(vec![Some(run.ended_at)])),
        ("status", Cells::text([run.status])),
        ("step", Cells::text([run.step.to_string()])),
        ("step_seconds", Cells::Text(vec![run.step_seconds.clone()])),
        ("trigger", Cells::text(["command"])),
        ("mode", text(run.mode)),
        ("business_date", Cells::On(vec![run.business_date])),
        ("release_id", text(run.release)),
        ("rows_read", Cells::Int(vec![number(run.rows_read)])),
        ("rows_written", Cells::Int(vec![number(run.rows_written)])),
        ("error", Cells::Text(vec![run.error.clone()])),
        ("note", text(run.note)),
        ("code_version", Cells::text([env!("CARGO_PKG_VERSION")])),
    ])
}

pub(super) fn ingested_files(files: &[IngestedFile]) -> Result<RecordBatch, PipelineError> {
    let texts = |of: fn(&IngestedFile) -> &str| Cells::text(files.iter().map(of));
    record(vec![
        ("file_id", texts(|f| &f.file_id)),
        ("source", texts(|f| &f.source)),
        ("path", texts(|f| &f.path)),
        ("sha256", texts(|f| &f.file_id)),
        ("bytes", Cells::Int(files.iter().map(|f| f.bytes).collect())),
        ("rows", Cells::int(files.iter().map(|f| f.rows))),
        (
            "ingested_at",
            Cells::At(files.iter().map(|f| Some(f.ingested_at)).collect()),
        ),
        ("run_id", texts(|f| &f.run_id)),
    ])
}

pub(super) fn contract_results(
    run_id: &str,
    results: &[ContractResult],
) -> Result<RecordBatch, PipelineError> {
    let texts = |of: &dyn Fn(&ContractResult) -> String| Cells::text(results.iter().map(of));
    let optional = |of: &dyn Fn(&ContractResult) -> Option<String>| {
        Cells::Text(results.iter().map(of).collect())
    };
    let severity = |result: &ContractResult| match result.behaviour {
        Behaviour::Fail => "error",
        Behaviour::Warn | Behaviour::Drop | Behaviour::Quarantine => "warn",
    };
    record(vec![
        ("run_id", texts(&|_| run_id.to_owned())),
        ("contract", texts(&|r| r.contract.clone())),
        ("relation", texts(&|r| r.relation.clone())),
        ("column", optional(&|r| r.column.clone())),
        ("description", texts(&|r| r.description.clone())),
        ("declared_at", optional(&|r| r.declared_at.clone())),
        ("severity", texts(&|r| severity(r).to_owned())),
        ("behaviour", texts(&|r| r.behaviour.name().to_owned())),
        ("scope", texts(&|r| r.scope.name().to_owned())),
        (
            "failing_rows",
            Cells::int(results.iter().map(|r| r.failing_rows)),
        ),
        (
            "run_rows",
            Cells::Int(results.iter().map(|r| number(r.run_rows)).collect()),
        ),
        ("sample", texts(&|r| array(&r.sample))),
        ("status", texts(&|r| r.status().to_owned())),
        ("definition", texts(&|r| r.definition.clone())),
        (
            "checked_at",
            Cells::At(results.iter().map(|r| Some(r.checked_at)).collect()),
        ),
    ])
}

pub(super) fn freshness(
    run_id: &str,
    sources: &[SourceState],
) -> Result<RecordBatch, PipelineError> {
    let days = |age: Option<marts::project::Age>| number(age.map(marts::project::Age::days));
    let expected = |state: &SourceState| {
        state
            .expected
            .as_ref()
            .and_then(|expected| days(expected.warn_after.or(expected.error_after)))
    };
    record(vec![
        ("run_id", Cells::text(sources.iter().map(|_| run_id))),
        (
            "source",
            Cells::text(sources.iter().map(|s| s.source.as_str())),
        ),
        (
            "business_date",
            Cells::On(sources.iter().map(|s| Some(s.business_date)).collect()),
        ),
        (
            "latest_dt",
            Cells::On(sources.iter().map(|s| s.latest_dt).collect()),
        ),
        (
            "age_days",
            Cells::Int(sources.iter().map(|s| number(s.age_days)).collect()),
        ),
        (
            "expected_within_days",
            Cells::Int(sources.iter().map(expected).collect()),
        ),
        (
            "rows_latest_day",
            Cells::int(sources.iter().map(|s| s.rows_latest_day)),
        ),
        (
            "median_rows",
            Cells::Float(
                sources
                    .iter()
                    .map(|s| s.volume.map(|volume| volume.median))
                    .collect(),
            ),
        ),
        (
            "ratio",
            Cells::Float(
                sources
                    .iter()
                    .map(|s| s.volume.and_then(|volume| volume.ratio()))
                    .collect(),
            ),
        ),
        (
            "status",
            Cells::text(sources.iter().map(SourceState::status)),
        ),
    ])
}

pub(super) fn quarantine(run_id: &str, held: &[HeldBack]) -> Result<RecordBatch, PipelineError> {
    record(vec![
        ("run_id", Cells::text(held.iter().map(|_| run_id))),
        (
            "source",
            Cells::text(held.iter().map(|h| h.source.as_str())),
        ),
        (
            "reason",
            Cells::text(held.iter().map(|h| h.reason.as_str())),
        ),
        ("row_count", Cells::int(held.iter().map(|h| h.rows))),
        (
            "amount",
            Cells::Amount(held.iter().map(|h| h.cents).collect()),
        ),
        (
            "oldest_dt",
            Cells::On(held.iter().map(|h| h.oldest_dt).collect()),
        ),
        (
            "newest_dt",
            Cells::On(held.iter().map(|h| h.newest_dt).collect()),
        ),
        ("sample", Cells::text(held.iter().map(|h| array(&h.sample)))),
    ])
}

pub(super) fn schema_drift(
    run_id: &str,
    drift: &[SchemaDrift],
) -> Result<RecordBatch, PipelineError> {
    let texts = |of: fn(&SchemaDrift) -> &str| Cells::text(drift.iter().map(of));
    record(vec![
        ("run_id", Cells::text(drift.iter().map(|_| run_id))),
        ("source", texts(|d| &d.source)),
        ("path", texts(|d| &d.landing_path)),
        ("column", texts(|d| &d.column)),
        (
            "change",
            Cells::text(drift.iter().map(|d| d.change.to_string())),
        ),
        ("detail", texts(|d| &d.detail)),
    ])
}

pub(super) fn release(run_id: &str, manifest: &Manifest) -> Result<RecordBatch, PipelineError> {
    let tables =
        serde_json::to_string(&manifest.tables).map_err(|error| PipelineError::Engine {
            message: "the release's tables could not be recorded".into(),
            detail: error.to_string(),
        })?;
    record(vec![
        ("release_id", Cells::text([&manifest.release_id])),
        ("run_id", Cells::text([run_id])),
        (
            "business_date",
            Cells::On(vec![Some(manifest.business_date)]),
        ),
        ("published_at", Cells::At(vec![Some(manifest.published_at)])),
        ("status", Cells::text(["published"])),
        ("tables", Cells::text([tables])),
    ])
}

pub(super) fn latest_release(
    release: &str,
    changed_at: Timestamp,
) -> Result<RecordBatch, PipelineError> {
    record(vec![
        ("release_id", Cells::text([release])),
        ("changed_at", Cells::At(vec![Some(changed_at)])),
        ("changed_by", Cells::text(["pipeline"])),
    ])
}
