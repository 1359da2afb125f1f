//! Bronze: many small Parquet files read as one relation of text columns.

use std::path::{Path, PathBuf};

use duckdb::Connection;
use marts::Failure;

use super::bind::{identifier, literal};
use super::errors;

/// What every bronze file has beside its source's columns, and as what.
const BOOKKEEPING: [(&str, &str); 10] = [
    ("_ingested_at", "TIMESTAMP"),
    ("_run_id", "VARCHAR"),
    ("_source_file", "VARCHAR"),
    ("_file_id", "VARCHAR"),
    ("_row_number", "BIGINT"),
    ("_ingest_seq", "BIGINT"),
    ("_rescued", "VARCHAR"),
    ("_dt", "DATE"),
    ("_row_hash", "BIGINT"),
    ("_load_seq", "BIGINT"),
];

/// Makes files readable under a name; see [`crate::Builder::bronze`].
pub(super) fn create_view(
    connection: &Connection,
    source: &str,
    columns: &[String],
    files: &[PathBuf],
) -> Result<String, Failure> {
    let name = format!("bronze_{source}");
    let failed = |e: &duckdb::Error| failure(source, files, e);
    let scan = scan(files);
    // The files' own columns are asked for once, so that a column missing in all of them can read as NULL.
    let present = match &scan {
        Some(scan) => present_columns(connection, scan).map_err(|e| failed(&e))?,
        None => Vec::new(),
    };
    let has = |name: &str| present.iter().any(|p| p == name);
    let mut select: Vec<String> = Vec::new();
    for column in columns
        .iter()
        .filter(|c| !BOOKKEEPING.iter().any(|(b, _)| b == c))
    {
        let quoted = identifier(column);
        select.push(if has(column) {
            format!("CAST({quoted} AS VARCHAR) AS {quoted}")
        } else {
            format!("CAST(NULL AS VARCHAR) AS {quoted}")
        });
    }
    for (column, sql_type) in BOOKKEEPING {
        let value = if has(column) { column } else { "NULL" };
        select.push(format!("CAST({value} AS {sql_type}) AS {column}"));
    }
    let from = scan.unwrap_or_else(|| "(SELECT 1) WHERE false".to_owned());
    let sql = format!(
        "CREATE OR REPLACE TEMP VIEW {} AS SELECT {} FROM {from}",
        identifier(&name),
        select.join(", ")
    );
    connection.execute_batch(&sql).map_err(|e| failed(&e))?;
    Ok(format!("temp.main.{}", identifier(&name)))
}

fn scan(files: &[PathBuf]) -> Option<String> {
    let list: Vec<String> = files
        .iter()
        .map(|f| literal(&without_wildcards(f)))
        .collect();
    (!list.is_empty()).then(|| format!("read_parquet([{}], union_by_name = true)", list.join(", ")))
}

/// DuckDB reads file names as patterns; a bracket around a special character takes its meaning away.
fn without_wildcards(path: &Path) -> String {
    let mut name = String::new();
    for c in path.to_string_lossy().chars() {
        match c {
            '*' | '?' | '[' => name.extend(['[', c, ']']),
            c => name.push(c),
        }
    }
    name
}

fn present_columns(connection: &Connection, scan: &str) -> duckdb::Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("DESCRIBE SELECT * FROM {scan}"))?;
    statement.query_map([], |row| row.get(0))?.collect()
}

fn failure(source: &str, files: &[PathBuf], error: &duckdb::Error) -> Failure {
    let text = error.to_string();
    // The lines after the first repeat the query, and with it every file.
    let words = text.lines().next().unwrap_or_default();
    let culprit = files
        .iter()
        .find(|f| words.contains(&*without_wildcards(f)) || words.contains(&*f.to_string_lossy()));
    match culprit {
        Some(file) => Failure::internal(format!(
            "The bronze file {} of {source} cannot be read: it is missing or damaged. \
             Remove it and run again; its landing file is then read anew.",
            file.display()
        ))
        .with_detail(text),
        None => errors::building(&format!("Reading bronze {source}"), error),
    }
}
