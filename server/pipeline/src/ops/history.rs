//! What earlier runs recorded. A record that cannot be read is told and counts as none: runs do not depend on records.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use jiff::{SignedDuration, Timestamp};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use uuid::Uuid;

/// Files whose taking in is recorded, by their ids.
pub(crate) fn recorded_files(data: &Path) -> HashSet<String> {
    let mut recorded = HashSet::new();
    for path in records(data, "ingested_files") {
        for row in read(&path, &["file_id"], None) {
            recorded.extend(row.into_iter().flatten());
        }
    }
    recorded
}

/// Whether a run recorded that it published a release; the one that built it is asked first.
pub(crate) fn is_published(data: &Path, release: &str, run_id: &str) -> bool {
    let own = record_path(data, "releases", run_id);
    let mut others = records(data, "releases");
    others.reverse();
    std::iter::once(own)
        .filter(|path| path.is_file())
        .chain(others)
        .any(|path| {
            read(&path, &["release_id"], None)
                .iter()
                .any(|row| row.first().is_some_and(|id| id.as_deref() == Some(release)))
        })
}

/// Definitions of contracts that held on all rows of their relation in runs since `since`.
pub(crate) fn held_in_full(data: &Path, since: Timestamp) -> HashSet<String> {
    let mut held = HashSet::new();
    let recent = records(data, "contract_results")
        .into_iter()
        .filter(|path| started_at(path).is_some_and(|at| at >= since));
    for path in recent {
        for row in read(&path, &["definition", "scope", "status"], None) {
            if let [Some(definition), Some(scope), Some(status)] = row.as_slice()
                && scope == "full"
                && status != "failed"
                && !definition.is_empty()
            {
                held.insert(definition.clone());
            }
        }
    }
    held
}

/// A contract as a run found it.
pub(crate) struct Checked {
    pub contract: String,
    pub definition: String,
    pub status: String,
}

/// The runs that published a release, the one that built it first, then in order.
pub(crate) fn runs_of_release(data: &Path, release: &str, built_by: &str) -> Vec<String> {
    let mut runs = vec![built_by.to_owned()];
    for path in records(data, "releases") {
        for row in read(&path, &["release_id"], None) {
            if let (Some(Some(id)), Some(run)) = (row.first(), path.file_stem())
                && id == release
                && run != built_by
            {
                runs.push(run.to_string_lossy().into_owned());
            }
        }
    }
    runs
}

/// What a run found of every contract that it checked.
pub(crate) fn contracts_of(data: &Path, run_id: &str) -> Vec<Checked> {
    let path = record_path(data, "contract_results", run_id);
    if !path.is_file() {
        return Vec::new();
    }
    let rows = read(&path, &["contract", "definition", "status"], None);
    rows.into_iter()
        .filter_map(|row| {
            let [contract, definition, status] = <[Option<String>; 3]>::try_from(row).ok()?;
            Some(Checked {
                contract: contract?,
                definition: definition?,
                status: status?,
            })
        })
        .collect()
}

/// The last run, if it began after `since` and failed.
pub(crate) fn failed_since(data: &Path, since: Timestamp) -> Option<String> {
    let last = records(data, "pipeline_runs").pop()?;
    let failed = read(&last, &["status"], Some(1))
        .first()
        .is_some_and(|row| {
            row.first()
                .is_some_and(|status| status.as_deref() == Some("failed"))
        });
    let is_later = started_at(&last).is_some_and(|at| at > since);
    (failed && is_later).then(|| Some(last.file_stem()?.to_string_lossy().into_owned()))?
}

/// The run that took a bronze file in, and when: they stand in each of its rows.
pub(crate) fn taken_in_by(bronze_file: &Path) -> Option<(String, Timestamp)> {
    let row = read(bronze_file, &["_run_id", "_ingested_at"], Some(1))
        .into_iter()
        .next()?;
    let [run_id, at] = <[Option<String>; 2]>::try_from(row).ok()?;
    let at: i64 = at?.parse().ok()?;
    Some((run_id?, Timestamp::from_microsecond(at).ok()?))
}

/// When a run started: its id holds the time.
pub(crate) fn start_of(run_id: &str) -> Option<Timestamp> {
    let (seconds, nanos) = Uuid::parse_str(run_id).ok()?.get_timestamp()?.to_unix();
    let since = SignedDuration::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?);
    Timestamp::UNIX_EPOCH.checked_add(since).ok()
}

fn started_at(record: &Path) -> Option<Timestamp> {
    start_of(&record.file_stem()?.to_string_lossy())
}

pub(crate) fn record_path(data: &Path, table: &str, run_id: &str) -> PathBuf {
    data.join("ops")
        .join(table)
        .join(format!("{run_id}.parquet"))
}

/// A table's records, oldest first: their names sort by time.
fn records(data: &Path, table: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(data.join("ops").join(table));
    let mut paths: Vec<PathBuf> = entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "parquet"))
        .collect();
    paths.sort();
    paths
}

/// Cells as text, in the order of `columns`; times as microseconds. A column that is not there is NULL.
fn read(path: &Path, columns: &[&str], limit: Option<usize>) -> Vec<Vec<Option<String>>> {
    match try_read(path, columns, limit) {
        Ok(rows) => rows,
        Err(error) => {
            tracing::warn!(record = %path.display(), %error, "a record of an earlier run cannot be read; it is left out");
            Vec::new()
        }
    }
}

fn try_read(
    path: &Path,
    columns: &[&str],
    limit: Option<usize>,
) -> Result<Vec<Vec<Option<String>>>, Box<dyn std::error::Error>> {
    let mut builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    builder = builder.with_projection(mask);
    if let Some(limit) = limit {
        builder = builder.with_limit(limit);
    }
    let mut rows = Vec::new();
    for batch in builder.build()? {
        let batch = batch?;
        let mut arrays = Vec::new();
        for name in columns {
            let array = batch.column_by_name(name).map(|array| {
                if matches!(array.data_type(), DataType::Timestamp(..)) {
                    cast(&cast(array, &DataType::Int64)?, &DataType::Utf8)
                } else {
                    cast(array, &DataType::Utf8)
                }
            });
            arrays.push(array.transpose()?);
        }
        for row in 0..batch.num_rows() {
            let cell = |array: &Option<arrow::array::ArrayRef>| {
                let array = array.as_ref()?.as_string_opt::<i32>()?;
                array.is_valid(row).then(|| array.value(row).to_owned())
            };
            rows.push(arrays.iter().map(cell).collect());
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{Cells, record, write};
    use super::*;

    fn results(data: &Path, run_id: &str, rows: &[(&str, &str, &str)]) {
        let text = |of: fn(&(&str, &str, &str)) -> String| Cells::text(rows.iter().map(of));
        let batch = record(vec![
            ("definition", text(|row| row.0.to_owned())),
            ("scope", text(|row| row.1.to_owned())),
            ("status", text(|row| row.2.to_owned())),
        ])
        .unwrap();
        write(data, "contract_results", run_id, &[batch]).unwrap();
    }

    #[test]
    fn only_full_checks_of_recent_runs_that_held_count() {
        let dir = tempfile::tempdir().unwrap();
        let run_id = Uuid::now_v7().to_string();
        results(
            dir.path(),
            &run_id,
            &[
                ("full", "full", "passed"),
                ("warned", "full", "warned"),
                ("failed", "full", "failed"),
                ("part", "touched", "passed"),
                ("", "full", "passed"),
            ],
        );
        let started = start_of(&run_id).unwrap();
        let expected: HashSet<String> = ["full".to_owned(), "warned".to_owned()].into();
        assert_eq!(held_in_full(dir.path(), started), expected);
        let later = started.checked_add(SignedDuration::from_secs(1)).unwrap();
        assert!(held_in_full(dir.path(), later).is_empty());
    }

    #[test]
    fn a_record_that_cannot_be_read_or_lacks_columns_counts_as_none() {
        let dir = tempfile::tempdir().unwrap();
        let run_id = Uuid::now_v7().to_string();
        results(dir.path(), &run_id, &[("full", "full", "passed")]);
        let damaged = record_path(dir.path(), "contract_results", &Uuid::now_v7().to_string());
        fs::write(damaged, "no parquet").unwrap();
        let old = record(vec![("contract", Cells::text(["x"]))]).unwrap();
        write(
            dir.path(),
            "contract_results",
            &Uuid::now_v7().to_string(),
            &[old],
        )
        .unwrap();
        assert_eq!(held_in_full(dir.path(), Timestamp::UNIX_EPOCH).len(), 1);
    }
}
