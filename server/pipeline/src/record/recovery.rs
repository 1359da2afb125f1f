//! A run that was killed after it had moved the pointer and before it was recorded: its manifest says what it did.

use std::path::Path;

use warehouse::release::{read_current, read_manifest};

use super::tables::{self, RunRow};
use crate::ops::history::{is_published, record_path, start_of};
use crate::ops::write;
use crate::{PipelineError, Step};

/// Records the current release where no run did.
///
/// # Errors
/// The disk's.
pub(crate) fn record_unrecorded_release(data: &Path) -> Result<(), PipelineError> {
    let Some(current) = read_current(data).ok().flatten() else {
        return Ok(());
    };
    let Ok(manifest) = read_manifest(data, &current) else {
        return Ok(());
    };
    let run_id = manifest.run_id.as_str();
    if is_published(data, &current, run_id) {
        return Ok(());
    }
    let run = RunRow {
        run_id,
        started_at: start_of(run_id).unwrap_or(manifest.published_at),
        ended_at: manifest.published_at,
        status: "published",
        step: Step::Publish,
        step_seconds: None,
        mode: None,
        business_date: Some(manifest.business_date),
        release: Some(&current),
        rows_read: None,
        rows_written: Some(manifest.tables.values().map(|table| table.rows).sum()),
        error: None,
        note: Some("recorded later: the run was stopped after it had published"),
    };
    let rows = [
        ("releases", tables::release(run_id, &manifest)?),
        (
            "latest_release",
            tables::latest_release(&current, manifest.published_at)?,
        ),
        ("pipeline_runs", tables::pipeline_run(&run)?),
    ];
    for (table, row) in rows {
        if !record_path(data, table, run_id).exists() {
            write(data, table, run_id, &[row])?;
        }
    }
    Ok(())
}
