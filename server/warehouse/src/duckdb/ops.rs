//! The records of runs as tables of a database in memory, brought up to date before each question.
//!
//! A record's file is written once and never changed, so only new files are read. A file that cannot be read is told
//! in the log and left out: one bad record must not hide the others.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use duckdb::{Config, Connection};
use marts::Failure;
use tokio::sync::Semaphore;

use super::bind::{identifier, literal};
use super::errors;
use crate::ops::{OPS_TABLES, OpsColumn, OpsKind, OpsTable, SCHEMA};
use crate::options::DuckDbOptions;

/// What is remembered of runs in one data folder; opened when it is first asked for.
pub(super) struct Ops {
    pub permits: Arc<Semaphore>,
    folder: PathBuf,
    options: DuckDbOptions,
    loaded: Mutex<Option<Loaded>>,
}

struct Loaded {
    connection: Connection,
    /// The zone that days were counted in.
    zone: String,
    /// Files in each table's order, and those that could not be read.
    files: BTreeMap<&'static str, BTreeSet<PathBuf>>,
}

impl Ops {
    pub fn new(data: &Path, options: &DuckDbOptions) -> Self {
        let folder = data.join("ops");
        Self {
            permits: Arc::new(Semaphore::new(options.connections.max(1))),
            folder: std::path::absolute(&folder).unwrap_or(folder),
            options: options.clone(),
            loaded: Mutex::new(None),
        }
    }

    /// When the tables' folders changed last, which is whenever a record comes or goes.
    pub fn state(&self) -> Option<String> {
        let changed = OPS_TABLES.iter().map(|table| {
            let folder = match std::fs::metadata(self.folder.join(table.name)) {
                Ok(folder) => folder,
                Err(error) if error.kind() == ErrorKind::NotFound => return Some("-".to_owned()),
                Err(_) => return None,
            };
            let changed = folder.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
            Some(changed.as_nanos().to_string())
        });
        let changed: Option<Vec<String>> = changed.collect();
        changed.map(|changed| changed.join(" "))
    }

    /// A connection to all records there are now, with days counted in `zone`.
    ///
    /// # Errors
    /// The engine's, when it cannot hold the records.
    pub fn connection(&self, zone: &str) -> Result<Connection, Failure> {
        let mut slot = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.as_ref().is_none_or(|loaded| loaded.zone != zone) {
            *slot = None;
        }
        let loaded = match slot.take() {
            Some(loaded) => slot.insert(loaded),
            None => slot.insert(self.open(zone).map_err(|e| errors::reading(&e))?),
        };
        let refreshed = loaded
            .refresh(&self.folder)
            .and_then(|()| loaded.connection.try_clone());
        refreshed.map_err(|error| {
            // What was half read is read again next time.
            *slot = None;
            errors::reading(&error)
        })
    }

    /// An empty database with all tables, which can read the folder of records and nothing else.
    fn open(&self, zone: &str) -> duckdb::Result<Loaded> {
        let config = Config::default()
            .with("temp_directory", self.options.spill_dir.to_string_lossy())?
            .threads(i64::try_from(self.options.threads.max(1)).unwrap_or(i64::MAX))?
            .enable_autoload_extension(false)?
            .with("allow_community_extensions", "false")?;
        let connection = Connection::open_in_memory_with_flags(config)?;
        let folder = literal(&format!("{}/", self.folder.display()));
        let mut setup = format!(
            "SET GLOBAL allowed_directories = [{folder}]; SET GLOBAL enable_external_access = false; \
             SET GLOBAL TimeZone = 'UTC'; SET GLOBAL lock_configuration = true; CREATE SCHEMA {SCHEMA};"
        );
        for table in OPS_TABLES {
            let columns: Vec<String> = table
                .columns
                .iter()
                .map(|column| format!("{} {}", identifier(column.name), sql_type(column.kind)))
                .collect();
            setup.push_str(&format!(
                " CREATE TABLE {} ({});",
                qualified(table),
                columns.join(", ")
            ));
        }
        connection.execute_batch(&setup)?;
        Ok(Loaded {
            connection,
            zone: zone.to_owned(),
            files: BTreeMap::new(),
        })
    }
}

impl Loaded {
    /// Reads the files that came since the last time; where some have gone, the table is read anew.
    fn refresh(&mut self, folder: &Path) -> duckdb::Result<()> {
        for table in OPS_TABLES {
            let there = records(&folder.join(table.name));
            let known = self.files.entry(table.name).or_default();
            if !known.is_subset(&there) {
                self.connection
                    .execute_batch(&format!("DELETE FROM {}", qualified(table)))?;
                known.clear();
            }
            let new: Vec<PathBuf> = there.difference(known).cloned().collect();
            if new.is_empty() {
                continue;
            }
            if load(&self.connection, table, &new, &self.zone).is_err() {
                // One of them is damaged, or two call different types by one name.
                for path in &new {
                    let alone = std::slice::from_ref(path);
                    if let Err(error) = load(&self.connection, table, alone, &self.zone) {
                        tracing::warn!(record = %path.display(), %error, "a record of a run cannot be read and is left out");
                    }
                }
            }
            known.extend(new);
        }
        Ok(())
    }
}

/// Whole records only: those being written have another ending.
fn records(folder: &Path) -> BTreeSet<PathBuf> {
    std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "parquet"))
        .collect()
}

fn load(
    connection: &Connection,
    table: &OpsTable,
    paths: &[PathBuf],
    zone: &str,
) -> duckdb::Result<()> {
    let list: Vec<String> = paths
        .iter()
        .map(|path| literal(&path.to_string_lossy()))
        .collect();
    let read = format!(
        "read_parquet([{}], union_by_name = true, filename = '_record', hive_partitioning = false)",
        list.join(", ")
    );
    let mut described = connection.prepare(&format!("DESCRIBE SELECT * FROM {read}"))?;
    let found: BTreeSet<String> = described
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<duckdb::Result<_>>()?;
    let values: Vec<String> = table
        .columns
        .iter()
        .map(|column| value(column, table, &found, zone))
        .collect();
    connection
        .execute(
            &format!(
                "INSERT INTO {} SELECT {} FROM {read}",
                qualified(table),
                values.join(", ")
            ),
            [],
        )
        .map(|_| ())
}

/// The column's value in SQL over a file's own columns. A cell of another type than it should have reads as NULL.
fn value(column: &OpsColumn, table: &OpsTable, found: &BTreeSet<String>, zone: &str) -> String {
    let stored = |name: &str| {
        let spec = table.columns.iter().find(|column| column.name == name)?;
        std::iter::once(&spec.name)
            .chain(spec.earlier)
            .find(|name| found.contains(**name))
            .map(|name| identifier(name))
    };
    let cast = |sql: String, kind: OpsKind| format!("TRY_CAST({sql} AS {})", sql_type(kind));
    let moment = |name: &str| stored(name).map(|sql| cast(sql, OpsKind::Timestamp));
    let found = match column.kind {
        OpsKind::DayOf(of) => moment(of).map(|at| {
            format!(
                "CAST(timezone({}, timezone('UTC', {at})) AS DATE)",
                literal(zone)
            )
        }),
        OpsKind::Between(from, to) => moment(from).zip(moment(to)).map(|(from, to)| {
            let micros = format!("date_diff('microsecond', {from}, {to})");
            format!("CAST({micros} AS DECIMAL(18, 0)) * 0.000001")
        }),
        kind => stored(column.name).map(|sql| cast(sql, kind)),
    };
    match (found, column.name) {
        (Some(sql), _) => sql,
        (None, "run_id") => "parse_filename(_record, true)".to_owned(),
        (None, _) => "NULL".to_owned(),
    }
}

fn sql_type(kind: OpsKind) -> &'static str {
    match kind {
        OpsKind::Text => "VARCHAR",
        OpsKind::Whole => "BIGINT",
        OpsKind::Decimal => "DECIMAL(38, 6)",
        OpsKind::Between(..) => "DECIMAL(24, 6)",
        OpsKind::Money => "DECIMAL(38, 2)",
        OpsKind::Date | OpsKind::DayOf(_) => "DATE",
        OpsKind::Timestamp => "TIMESTAMP",
    }
}

fn qualified(table: &OpsTable) -> String {
    format!("{SCHEMA}.{}", identifier(table.name))
}

#[cfg(test)]
#[path = "ops_tests.rs"]
mod tests;
